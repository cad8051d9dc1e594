package dev.tropical.openai.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallTimerTest {
    private static final long MS = 1_000_000;

    private final CallMetrics metrics = new CallMetrics();
    private long nowNs;
    private final CallTimer timer = new CallTimer(metrics, new Objective(100, 15), () -> nowNs);

    @Test
    void shouldTimeTheFirstTokenAndThoseAfterIt() {
        at(80, chunk(0));
        at(100, chunk(0));
        at(120, chunk(0));
        at(130, new CompletionEvent.Finish(0, "stop", null));
        at(130, new CompletionEvent.Ending(new Usage(7, 3, 0), null, null));

        assertThat(metrics.recent().ttft(nowNs))
                .isEqualTo(new RecentCalls.Summary(1, 80, 80, 1, 1));
        assertThat(metrics.recent().tpot(nowNs))
                .isEqualTo(new RecentCalls.Summary(1, 20, 20, 1, 0));
        assertThat(text())
                .contains(
                        "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"0.08\"} 1",
                        "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"0.06\"} 0",
                        "vllm:inter_token_latency_seconds_count{model_name=\"m\"} 2",
                        "vllm:request_time_per_output_token_seconds_sum{model_name=\"m\"} 0.02",
                        "vllm:request_prompt_tokens_sum{model_name=\"m\"} 7",
                        "vllm:request_generation_tokens_sum{model_name=\"m\"} 3",
                        "vllm:request_success_total{model_name=\"m\",finished_reason=\"stop\"} 1");
    }

    @Test
    void shouldMeasureNothingOnWhatWasSaidBefore() {
        timer.joined();
        at(5, chunk(0));
        at(5, new CompletionEvent.Ending(new Usage(7, 3, 0), null, null));

        assertThat(metrics.recent().ttft(nowNs).calls()).isZero();
    }

    @Test
    void shouldCountErrorsByTheirCode() {
        at(5, new CompletionEvent.Ending(null, new Failure("engine_failed", "m", null), null));

        assertThat(text())
                .contains("tropical:failed_calls_total{model_name=\"m\",code=\"engine_failed\"} 1");
    }

    @Test
    void shouldForgetAfterFiveMinutes() {
        at(1, chunk(0));
        at(1, new CompletionEvent.Ending(new Usage(7, 1, 0), null, null));

        assertThat(metrics.recent().ttft(nowNs + RecentCalls.WINDOW.toNanos() + 1).calls())
                .isZero();
    }

    private void at(long ms, CompletionEvent event) {
        nowNs = ms * MS;
        timer.on(event);
    }

    private String text() {
        Exposition out = new Exposition("m");
        metrics.writeTo(out);
        return out.toString();
    }

    private static CompletionEvent chunk(int choice) {
        return new CompletionEvent.Chunk(choice, 0, List.of(1), "a", List.of());
    }
}
