package dev.tropical.openai;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may call, and how the connection is kept from others.
 *
 * @param apiKeyHashes of the keys that are taken; none: every call is
 * @param certificate PEM file with the certificate chain; null for plain text
 * @param privateKey its PKCS#8 PEM file
 */
public record GatewaySecurity(
        List<String> apiKeyHashes, @Nullable Path certificate, @Nullable Path privateKey) {
    /** Everyone, in plain text. */
    public static final GatewaySecurity OFF = new GatewaySecurity(List.of(), null, null);

    public GatewaySecurity {
        apiKeyHashes = List.copyOf(apiKeyHashes);
        if ((certificate == null) != (privateKey == null)) {
            throw new IllegalArgumentException(
                    "certificate: %s, private key: %s (expected: both or none)"
                            .formatted(certificate, privateKey));
        }
    }

    /**
     * Keeps the keys' hashes.
     *
     * @param apiKeys keys, or {@code sha256:} and their hash
     */
    public static GatewaySecurity of(
            List<String> apiKeys, @Nullable Path certificate, @Nullable Path privateKey) {
        return new GatewaySecurity(
                apiKeys.stream().map(ApiKeys::hash).toList(), certificate, privateKey);
    }
}
