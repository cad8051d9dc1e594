package dev.tropical.openai;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** Lets calls pass that bring a known key. Keys themselves are not kept, only their SHA-256. */
final class ApiKeys implements DecoratingHttpServiceFunction {
    /** What a key may be given as, so that it is in no process list. */
    private static final Pattern HASHED = Pattern.compile("sha256:[0-9a-f]{64}");

    private static final String BEARER = "Bearer ";

    private final List<byte[]> hashes;

    /**
     * @param hashes as {@link #hash} makes them
     */
    ApiKeys(List<String> hashes) {
        this.hashes =
                hashes.stream()
                        .map(hash -> HexFormat.of().parseHex(hash.substring(hash.length() - 64)))
                        .toList();
    }

    /** {@code sha256:} and the key's hash, which may be given in its place. */
    static String hash(String key) {
        return HASHED.matcher(key).matches()
                ? key
                : "sha256:" + HexFormat.of().formatHex(sha256(key));
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest call)
            throws Exception {
        String authorization = call.headers().get(HttpHeaderNames.AUTHORIZATION, "");
        boolean hasKey = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
        if (hasKey && isKnown(authorization.substring(BEARER.length()).strip())) {
            return delegate.serve(context, call);
        }
        String message =
                hasKey
                        ? "the API key is not known (expected: one of the server's)"
                        : "no API key (expected: Authorization: Bearer KEY)";
        throw new ApiError(401, "invalid_api_key", message, null).asException();
    }

    /** In the same time wherever the first difference is. */
    private boolean isKnown(String key) {
        byte[] given = sha256(key);
        boolean isKnown = false;
        for (byte[] hash : hashes) {
            isKnown |= MessageDigest.isEqual(hash, given);
        }
        return isKnown;
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
