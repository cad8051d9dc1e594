package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tropical.openai.monitor.CallMetrics;
import dev.tropical.openai.monitor.JobMonitor;
import dev.tropical.openai.monitor.Metrics;
import dev.tropical.openai.monitor.RecentCalls;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.EngineLoad;
import java.util.function.IntSupplier;

/** How the system fares: for load balancers, for Prometheus, and for the live page. */
final class MonitorRoutes {
    private final String model;
    private final JobMonitor job;
    private final CallMetrics calls;
    private final IntSupplier runningCalls;

    MonitorRoutes(String model, JobMonitor job, CallMetrics calls, IntSupplier runningCalls) {
        this.model = model;
        this.job = job;
        this.calls = calls;
        this.runningCalls = runningCalls;
    }

    void addTo(ServerBuilder server) {
        server.route().get("/ready").build((context, request) -> ready());
        server.route()
                .get("/metrics")
                .build(
                        (context, request) ->
                                HttpResponse.of(
                                        HttpStatus.OK,
                                        MediaType.parse("text/plain; version=0.0.4; charset=utf-8"),
                                        Metrics.text(model, job, calls, runningCalls.getAsInt())));
        server.route()
                .get("/live")
                .build(
                        (context, request) ->
                                HttpResponse.of(
                                        HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(live())));
    }

    private HttpResponse ready() {
        if (job.isReady()) {
            return HttpResponse.of(HttpStatus.OK);
        }
        String message = "the job does not run, or no engine is up (expected: both)";
        return ErrorAnswers.answer(new ApiError(503, "not_ready", message, null)).toHttpResponse();
    }

    private ObjectNode live() {
        long nowNs = System.nanoTime();
        ObjectNode live = Json.object();
        live.put("model", model).put("ready", job.isReady());
        live.put("running_calls", runningCalls.getAsInt());
        live.put("window_minutes", RecentCalls.WINDOW.toMinutes());
        live.set("ttft", summary(calls.recent().ttft(nowNs)));
        live.set("tpot", summary(calls.recent().tpot(nowNs)));
        ArrayNode cells = live.putArray("cells");
        job.reports().forEach(report -> cells.add(cell(report)));
        return live;
    }

    private static ObjectNode summary(RecentCalls.Summary summary) {
        return Json.object()
                .put("calls", summary.calls())
                .put("p50_ms", summary.p50Ms())
                .put("p99_ms", summary.p99Ms())
                .put("with_objective", summary.withObjective())
                .put("met", summary.met());
    }

    private static ObjectNode cell(CellReport report) {
        ObjectNode cell = Json.object();
        cell.put("cell", report.depth().cell())
                .put("queued", report.depth().queuedRequests())
                .put("open", report.depth().isOpen());
        ArrayNode engines = cell.putArray("engines");
        report.engines().forEach(engine -> engines.add(engine(engine)));
        ObjectNode decisions = cell.putObject("decisions");
        report.decisions().forEach(decisions::put);
        return cell;
    }

    private static ObjectNode engine(EngineLoad engine) {
        return Json.object()
                .put("id", engine.id())
                .put("role", engine.role())
                .put("device", engine.device())
                .put("up", engine.isUp())
                .put("waiting", engine.waiting())
                .put("prefills", engine.runningPrefills())
                .put("decodes", engine.runningDecodes())
                .put("blocks_total", engine.blocksTotal())
                .put("blocks_free", engine.blocksFree())
                .put("generated", engine.generatedTokens());
    }
}
