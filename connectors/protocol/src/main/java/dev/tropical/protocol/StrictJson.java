package dev.tropical.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** How JSON from outside is read, at the gateway and in admission alike. */
public final class StrictJson {
    private static final int MAX_DEPTH = 64; // a tool's schema is some 10 deep
    private static final int MAX_NUMBER_CHARS = 100;

    private StrictJson() {}

    /** No field twice, nothing after the value, no depth or number without a limit. */
    public static JsonMapper.Builder mapper() {
        StreamReadConstraints constraints =
                StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_CHARS)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build();
        return JsonMapper.builder(
                        JsonFactory.builder()
                                .streamReadConstraints(constraints)
                                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /**
     * A body's text. Decoded before it is parsed: Jackson itself takes some field names that are no
     * UTF-8 for others.
     *
     * @throws CharacterCodingException when it is not UTF-8
     */
    public static String text(byte[] body) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    }
}
