package dev.tropical.engine.metrics;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import java.util.Locale;

/** One reading of the metrics as Prometheus' text format, version 0.0.4. */
final class MetricsPage {
    private static final double NS_PER_SECOND = 1e9;

    private final StringBuilder text = new StringBuilder();
    private final String labels;

    private MetricsPage(EngineInfo engine) {
        this.labels =
                "model_name=\""
                        + escaped(engine.getModel())
                        + "\",engine=\""
                        + escaped(engine.getEngineId())
                        + "\"";
    }

    static String of(EngineInfo engine, EngineMetrics metrics) {
        MetricsPage page = new MetricsPage(engine);
        page.load(metrics.status());
        page.totals(metrics);
        page.predictions(metrics);
        page.latencies(metrics);
        return page.text.toString();
    }

    private void load(EngineStatus status) {
        int running = status.getRunningPrefills() + status.getRunningDecodes();
        int used = status.getBlocksTotal() - status.getBlocksFree();
        gauge("vllm:num_requests_running", "Sequences in steps.", running);
        gauge("vllm:num_requests_waiting", "Sequences not started yet.", status.getWaiting());
        gauge(
                "vllm:kv_cache_usage_perc",
                "Share of the KV blocks held or reserved, 0 to 1.",
                status.getBlocksTotal() == 0 ? 0 : used / (double) status.getBlocksTotal());
        gauge("tropical:prefills_running", "Unfinished prompts.", status.getRunningPrefills());
        gauge("tropical:parked", "Prefilled, without a decode engine.", status.getParked());
        help("tropical:role", "gauge", "1 for the role that the engine has.");
        sample(
                "tropical:role",
                "role=\"" + status.getRole().name().toLowerCase(Locale.ROOT) + "\"",
                1);
        if (status.getMinSpareSlackNs() != Long.MAX_VALUE) {
            gauge(
                    "tropical:spare_slack_seconds",
                    "Least slack of a resident beyond one token's time.",
                    status.getMinSpareSlackNs() / NS_PER_SECOND);
        }
    }

    private void totals(EngineMetrics metrics) {
        EngineStatus status = metrics.status();
        counter(
                "vllm:prompt_tokens_total",
                "Prompt tokens computed.",
                status.getPromptTokensTotal());
        counter(
                "vllm:generation_tokens_total",
                "Tokens generated.",
                status.getGeneratedTokensTotal());
        counter(
                "vllm:num_preemptions_total",
                "Sequences that lost their blocks.",
                status.getPreemptionsTotal());
        help("vllm:request_success_total", "counter", "Sequences that ended, by reason.");
        for (FinishReason reason :
                new FinishReason[] {FinishReason.STOP, FinishReason.LENGTH, FinishReason.FAILED}) {
            sample(
                    "vllm:request_success_total",
                    "finished_reason=\"" + reason.name().toLowerCase(Locale.ROOT) + "\"",
                    (double) metrics.finished(reason));
        }
    }

    private void predictions(EngineMetrics metrics) {
        help(
                "tropical:cost_correction",
                "gauge",
                "What predictions are multiplied by, moving average of observed / predicted.");
        EngineStatus status = metrics.status();
        sample("tropical:cost_correction", "part=\"decode\"", status.getDecodeCorrection());
        sample("tropical:cost_correction", "part=\"prompt\"", status.getPromptCorrection());
        histogram(
                "tropical:prompt_step_observed_over_predicted",
                "Time of a step with prompt tokens by its prediction.",
                metrics.promptStepRatio);
        histogram(
                "tropical:decode_step_observed_over_predicted",
                "Time of a step of decodes alone by its prediction.",
                metrics.decodeStepRatio);
    }

    private void latencies(EngineMetrics metrics) {
        histogram(
                "vllm:time_to_first_token_seconds",
                "Arrival to first token.",
                metrics.timeToFirstToken);
        histogram(
                "vllm:request_time_per_output_token_seconds",
                "Mean time of a token after the first.",
                metrics.timePerOutputToken);
        histogram(
                "vllm:request_queue_time_seconds",
                "On engines before the first step.",
                metrics.queueTime);
        histogram(
                "vllm:request_prefill_time_seconds",
                "First step to first token.",
                metrics.prefillTime);
        histogram("vllm:request_decode_time_seconds", "First to last token.", metrics.decodeTime);
        histogram("vllm:iteration_tokens_total", "Input tokens of a step.", metrics.stepTokens);
    }

    // ---- the format

    private void gauge(String name, String help, double value) {
        help(name, "gauge", help);
        sample(name, "", value);
    }

    private void counter(String name, String help, long value) {
        help(name, "counter", help);
        sample(name, "", (double) value);
    }

    private void histogram(String name, String help, Histogram histogram) {
        help(name, "histogram", help);
        long below = 0;
        for (int bucket = 0; bucket < histogram.buckets(); bucket++) {
            below += histogram.count(bucket);
            double bound = histogram.bound(bucket);
            String le = Double.isInfinite(bound) ? "+Inf" : number(bound);
            sample(name + "_bucket", "le=\"" + le + "\"", (double) below);
        }
        sample(name + "_sum", "", histogram.sum());
        sample(name + "_count", "", (double) below);
    }

    private void help(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String more, double value) {
        text.append(name).append('{').append(labels);
        if (!more.isEmpty()) {
            text.append(',').append(more);
        }
        text.append("} ").append(number(value)).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
