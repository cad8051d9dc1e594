package dev.tropical.bench.serve;

import static dev.tropical.bench.serve.Requests.MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class EventLinesTest {
    private final RequestProbe probe =
            new RequestProbe("id", Requests.request("r", 0, 3), false, 0, ended -> {});
    private final EventLines lines = new EventLines(probe);

    private void event(String json, long ms) throws IOException {
        lines.line("data: " + json, ms * MS);
        lines.line("", ms * MS);
    }

    @Test
    void shouldCountAnEventAsATokenAndTheLastOnesByTheUsage() throws IOException {
        event("{\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}", 10);
        event("{\"choices\":[{\"text\":\"\",\"finish_reason\":null}]}", 20);
        event("{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}", 30);
        event("{\"choices\":[],\"usage\":{\"completion_tokens\":4}}", 31);
        event("[DONE]", 32);
        RequestRecord record = probe.record();
        assertThat(record.outcome()).isEqualTo(Outcome.DONE);
        assertThat(record.chunkMs()).containsExactly(10, 20, 32);
        assertThat(record.chunkTokens()).containsExactly(1, 1, 2);
    }

    @Test
    void shouldFailWithTheServersError() throws IOException {
        event("{\"error\":{\"message\":\"too long\"}}", 10);
        lines.closed();
        assertThat(probe.record().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(probe.record().error()).isEqualTo("{\"message\":\"too long\"}");
    }

    @Test
    void shouldFailWhenTheStreamBreaksOff() throws IOException {
        event("{\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}", 10);
        lines.closed();
        assertThat(probe.record().error()).isEqualTo("the stream ended without [DONE]");
    }
}
