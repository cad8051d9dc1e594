package dev.tropical.e2e;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Bodies that are wrong in one way or another, each the same for the same seed. */
final class MalformedBodies {
    private static final String[] VALID = {
        "{\"prompt\":\"Once\",\"max_tokens\":3,\"temperature\":0.5,\"stop\":[\"a\"],\"seed\":1",
        "{\"prompt\":[1,2,3],\"n\":2,\"logit_bias\":{\"7\":-1},\"stream\":true",
    };

    /** Each is wrong beside any valid body. */
    private static final String[] WRONG_FIELDS = {
        "\"max_tokens\":\"x\"",
        "\"max_tokens\":-1",
        "\"max_tokens\":1.5",
        "\"max_tokens\":1e400",
        "\"max_tokens\":99999999",
        "\"temperature\":\"hot\"",
        "\"temperature\":-1",
        "\"temperature\":[]",
        "\"n\":0",
        "\"n\":129",
        "\"n\":{}",
        "\"top_p\":0",
        "\"top_p\":\"x\"",
        "\"stop\":5",
        "\"stop\":[\"\"]",
        "\"stop\":[[\"a\"]]",
        "\"logit_bias\":[1]",
        "\"logit_bias\":{\"x\":1}",
        "\"logit_bias\":{\"1\":1000}",
        "\"seed\":\"s\"",
        "\"seed\":1e30",
        "\"messages\":[]",
        "\"prompt\":5",
        "\"prompt\":{}",
        "\"prompt\":\"\"",
        "\"prompt\":[1.5]",
        "\"prompt\":[-1]",
        "\"prompt\":[[]]",
        "\"prompt\":[\"a\",1]",
        "\"prompt\":[99999999]",
        "\"stream\":\"yes\"",
        "\"stream_options\":5",
        "\"stream_options\":{\"x\":1}",
        "\"response_format\":{\"type\":\"json_object\"}",
        "\"logprobs\":99",
        "\"logprobs\":\"x\"",
        "\"slo\":5",
        "\"slo\":{\"ttft_ms\":-1}",
        "\"slo\":{\"x\":1}",
        "\"top_k\":\"x\"",
        "\"top_k\":-5",
        "\"model\":5",
        "\"model\":\"nothing\"",
        "\"best_of\":0",
        "\"echo\":3",
        "\"temprature\":1",
        "\"\\u0000\":1",
        "\"op\":\"cancel\"",
        "\"suffix\":\"b\"",
        "\"request_id\":7",
        "\"request_id\":\"two words\"",
        "\"allowed_token_ids\":[]",
        "\"min_tokens\":9999999",
        "\"stop\":\"\\ud800\"",
        "\"user_\":" + "[".repeat(500) + "]".repeat(500),
        "\"seed\":" + "9".repeat(5000)
    };

    private MalformedBodies() {}

    static byte[] of(int seed) {
        Random random = new Random(seed);
        byte[] valid = bytes(VALID[random.nextInt(VALID.length)] + "}");
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(valid, random.nextInt(valid.length));
            case 1 -> noise(random);
            case 2 -> bytes(new String(valid, StandardCharsets.UTF_8) + "]");
            case 3 -> withBadUtf8(valid, random);
            default -> withWrongField(random);
        };
    }

    private static byte[] withWrongField(Random random) {
        String wrong = WRONG_FIELDS[random.nextInt(WRONG_FIELDS.length)];
        String name = wrong.substring(0, wrong.indexOf(':'));
        StringBuilder body = new StringBuilder("{");
        if (!name.equals("\"prompt\"")) {
            body.append("\"prompt\":\"Once\",");
        }
        if (random.nextBoolean() && !name.startsWith("\"stream") && !name.equals("\"best_of\"")) {
            body.append("\"stream\":true,");
        }
        return bytes(body + wrong + "}");
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        return noise;
    }

    /** A byte that begins nothing, inside the JSON. */
    private static byte[] withBadUtf8(byte[] valid, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 1 + random.nextInt(valid.length - 1);
        out.write(valid, 0, at);
        out.write(0xFF);
        out.write(valid, at, valid.length - at);
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
