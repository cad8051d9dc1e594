package dev.tropical.engine.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Timings;
import dev.tropical.scheduling.cost.StepShape;
import org.junit.jupiter.api.Test;

class MetricsPageTest {
    private static final EngineInfo ENGINE =
            EngineInfo.newBuilder().setEngineId("e\"1").setModel("tiny").build();
    private static final String LABELS = "{model_name=\"tiny\",engine=\"e\\\"1\"";

    private final EngineMetrics metrics = new EngineMetrics();

    @Test
    void shouldShowTheNewestStatus() {
        metrics.status(
                EngineStatus.newBuilder()
                        .setRole(Role.PREFILL)
                        .setRunningPrefills(1)
                        .setRunningDecodes(3)
                        .setWaiting(2)
                        .setBlocksTotal(10)
                        .setBlocksFree(4)
                        .setMinSpareSlackNs(250_000_000)
                        .setPromptTokensTotal(77)
                        .setPromptCorrection(1.25)
                        .build());
        assertThat(page())
                .contains("vllm:num_requests_running" + LABELS + "} 4\n")
                .contains("vllm:num_requests_waiting" + LABELS + "} 2\n")
                .contains("vllm:kv_cache_usage_perc" + LABELS + "} 0.6\n")
                .contains("vllm:prompt_tokens_total" + LABELS + "} 77\n")
                .contains("tropical:spare_slack_seconds" + LABELS + "} 0.25\n")
                .contains("tropical:role" + LABELS + ",role=\"prefill\"} 1\n")
                .contains("tropical:cost_correction" + LABELS + ",part=\"prompt\"} 1.25\n");
    }

    @Test
    void shouldLeaveOutASlackThatNobodyHas() {
        metrics.status(EngineStatus.newBuilder().setMinSpareSlackNs(Long.MAX_VALUE).build());
        assertThat(page()).doesNotContain("tropical:spare_slack_seconds");
    }

    @Test
    void shouldCountIntoBucketsThatAddUp() {
        metrics.firstToken(30_000_000);
        metrics.firstToken(30_000_000);
        metrics.firstToken(9_000_000_000L);
        String name = "vllm:time_to_first_token_seconds";
        assertThat(page())
                .contains("# TYPE " + name + " histogram\n")
                .contains(name + "_bucket" + LABELS + ",le=\"0.02\"} 0\n")
                .contains(name + "_bucket" + LABELS + ",le=\"0.04\"} 2\n")
                .contains(name + "_bucket" + LABELS + ",le=\"10\"} 3\n")
                .contains(name + "_bucket" + LABELS + ",le=\"+Inf\"} 3\n")
                .contains(name + "_sum" + LABELS + "} 9.06\n")
                .contains(name + "_count" + LABELS + "} 3\n");
    }

    @Test
    void shouldCountEndingsByReasonAndTheirPace() {
        Timings timings = Timings.newBuilder().setDecodeNs(900_000_000).build();
        metrics.finished(FinishReason.LENGTH, timings, 10);
        metrics.finished(FinishReason.STOP, Timings.getDefaultInstance(), 1);
        assertThat(page())
                .contains(
                        "vllm:request_success_total" + LABELS + ",finished_reason=\"length\"} 1\n")
                .contains("vllm:request_success_total" + LABELS + ",finished_reason=\"stop\"} 1\n")
                .contains("vllm:request_time_per_output_token_seconds_sum" + LABELS + "} 0.1\n")
                .contains("vllm:request_time_per_output_token_seconds_count" + LABELS + "} 1\n");
    }

    @Test
    void shouldShowHowFarPredictionsAreOff() {
        metrics.step(StepShape.prefill(100, 0), 1_000, 1_500);
        metrics.step(StepShape.prefill(100, 0), 0, 1_500);
        metrics.step(StepShape.decode(4, 900), 1_000, 800);
        String prompt = "tropical:prompt_step_observed_over_predicted";
        String decode = "tropical:decode_step_observed_over_predicted";
        assertThat(page())
                .contains(prompt + "_sum" + LABELS + "} 1.5\n")
                .contains(prompt + "_count" + LABELS + "} 1\n")
                .contains(decode + "_sum" + LABELS + "} 0.8\n")
                .contains(decode + "_count" + LABELS + "} 1\n")
                .contains("vllm:iteration_tokens_total_count" + LABELS + "} 3\n");
    }

    private String page() {
        return MetricsPage.of(ENGINE, metrics);
    }
}
