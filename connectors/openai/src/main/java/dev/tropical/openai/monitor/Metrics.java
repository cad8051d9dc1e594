package dev.tropical.openai.monitor;

import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.EngineLoad;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Everything that is measured, in Prometheus' text format, under vLLM's names where it has one. */
public final class Metrics {
    private Metrics() {}

    /**
     * @param runningCalls at this gateway
     */
    public static String text(String model, JobMonitor job, CallMetrics calls, int runningCalls) {
        Exposition out = new Exposition(model);
        List<CellReport> reports = job.reports();
        writeCells(out, reports);
        writeEngines(out, reports.stream().flatMap(r -> r.engines().stream()).toList());
        out.family("tropical:gateway_running_calls", "gauge", "Calls that this gateway serves.");
        out.sample("tropical:gateway_running_calls", runningCalls);
        calls.writeTo(out);
        return out.toString();
    }

    private static void writeCells(Exposition out, List<CellReport> reports) {
        out.family("tropical:queued_requests", "gauge", "Requests that wait for an engine.");
        Map<String, Long> decisions = new TreeMap<>();
        for (CellReport report : reports) {
            String cell = Integer.toString(report.depth().cell());
            out.sample("tropical:queued_requests", report.depth().queuedRequests(), "cell", cell);
            report.decisions().forEach((rule, count) -> decisions.merge(rule, count, Long::sum));
        }
        out.family("tropical:route_decisions_total", "counter", "Routing decisions by rule.");
        decisions.forEach(
                (rule, count) ->
                        out.sample("tropical:route_decisions_total", (double) count, "rule", rule));
    }

    private static void writeEngines(Exposition out, List<EngineLoad> engines) {
        each(
                out,
                engines,
                "tropical:engine_up",
                "gauge",
                "1 while it may get requests.",
                e -> e.isUp() ? 1 : 0);
        each(
                out,
                engines,
                "vllm:num_requests_running",
                "gauge",
                "Sequences in the running batch.",
                e -> e.runningPrefills() + e.runningDecodes());
        each(
                out,
                engines,
                "vllm:num_requests_waiting",
                "gauge",
                "Sequences that wait on the engine.",
                EngineLoad::waiting);
        each(
                out,
                engines,
                "vllm:kv_cache_usage_perc",
                "gauge",
                "KV blocks in use, 1 = all.",
                e -> e.blocksTotal() == 0 ? 0 : 1 - (double) e.blocksFree() / e.blocksTotal());
        each(
                out,
                engines,
                "vllm:prompt_tokens_total",
                "counter",
                "Prompt tokens computed.",
                EngineLoad::promptTokens);
        each(
                out,
                engines,
                "vllm:generation_tokens_total",
                "counter",
                "Tokens generated.",
                EngineLoad::generatedTokens);
        each(
                out,
                engines,
                "vllm:num_preemptions_total",
                "counter",
                "Sequences that had to give their blocks back.",
                EngineLoad::preemptions);
    }

    private static void each(
            Exposition out,
            List<EngineLoad> engines,
            String name,
            String type,
            String help,
            ToDoubleFunction<EngineLoad> value) {
        out.family(name, type, help);
        for (EngineLoad engine : engines) {
            out.sample(
                    name,
                    value.applyAsDouble(engine),
                    "engine",
                    engine.id(),
                    "role",
                    engine.role());
        }
    }
}
