package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
    private static String body(RequestBody body) {
        return new String(
                body.of(Requests.request("r", 0, 7), new int[] {3, 1, 2}), StandardCharsets.UTF_8);
    }

    @Test
    void shouldAskForExactlySoManyTokensOfTheseIds() {
        assertThat(body(new RequestBody(null, true, false)))
                .isEqualTo(
                        "{\"prompt\":[3,1,2],\"max_tokens\":7,\"temperature\":0,"
                                + "\"ignore_eos\":true,"
                                + "\"slo\":{\"ttft_ms\":100.000,\"tpot_ms\":10.000}}");
    }

    @Test
    void shouldAskOtherServersForAStreamWithItsUsage() {
        assertThat(body(new RequestBody("m", false, true)))
                .isEqualTo(
                        "{\"prompt\":[3,1,2],\"max_tokens\":7,\"temperature\":0,"
                                + "\"ignore_eos\":true,\"model\":\"m\",\"stream\":true,"
                                + "\"stream_options\":{\"include_usage\":true}}");
    }
}
