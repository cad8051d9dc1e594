package dev.tropical.cli;

import dev.tropical.openai.GatewaySecurity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may call the gateway; the names are vLLM's. */
final class SecurityOptions {
    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description =
                    "Take only calls with this key (may be repeated). In its place sha256: and the"
                        + " hex of its SHA-256 may stand, which says nothing in a process list.")
    List<String> apiKeys = new ArrayList<>();

    @Option(
            names = "--ssl-certfile",
            paramLabel = "FILE",
            description = "Serve HTTPS with this PEM certificate chain.")
    @Nullable Path certificate;

    @Option(
            names = "--ssl-keyfile",
            paramLabel = "FILE",
            description = "Its private key, PKCS#8 PEM.")
    @Nullable Path privateKey;

    /**
     * @throws UsageException when a file is missing, or one of the two
     */
    GatewaySecurity plan() throws UsageException {
        if ((certificate == null) != (privateKey == null)) {
            throw new UsageException("--ssl-certfile, --ssl-keyfile: one (expected: both or none)");
        }
        expectFile("--ssl-certfile", certificate);
        expectFile("--ssl-keyfile", privateKey);
        if (apiKeys.stream().anyMatch(String::isBlank)) {
            throw new UsageException("--api-key: '' (expected: a key)");
        }
        return GatewaySecurity.of(apiKeys, certificate, privateKey);
    }

    private static void expectFile(String option, @Nullable Path file) throws UsageException {
        if (file != null && !Files.isReadable(file)) {
            throw new UsageException(option + ": " + file + " (expected: a readable file)");
        }
    }
}
