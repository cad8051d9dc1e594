package dev.tropical.flink.route;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.EngineLoad;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.scheduling.routing.CellQueue;
import dev.tropical.scheduling.routing.CellRouter;
import dev.tropical.scheduling.routing.CellRouter.Routed;
import dev.tropical.scheduling.routing.EngineView;
import dev.tropical.scheduling.routing.QueuedRequest;
import dev.tropical.scheduling.routing.RoleRule;
import dev.tropical.scheduling.routing.RouteDecision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One cell: its queue, its engines, and the decisions. The requests themselves are kept here, by
 * id, and in keyed state; the queue orders what routing needs to know of them.
 */
final class RouteCell {
    private static final Logger LOG = LoggerFactory.getLogger(RouteCell.class);

    private final int cell;
    private final CellRouter router;
    private final RoleRule roles;
    private final RouteOutput output;
    private final CellMetrics metrics;
    private final HandOver handOver;
    private final Map<String, RouteInput> queued = new HashMap<>();
    private boolean isReportedOpen = true;

    RouteCell(
            int cell,
            CellRouter router,
            RoleRule roles,
            HandOver handOver,
            RouteOutput output,
            CellMetrics metrics) {
        this.cell = cell;
        this.router = router;
        this.roles = roles;
        this.output = output;
        this.metrics = metrics;
        this.handOver = handOver;
    }

    /** A request or retry that was queued when the snapshot was taken. */
    void restore(RouteInput input) {
        if (router.add(entry(input))) {
            queued.put(LaneInputs.request(input).getId(), input);
        }
    }

    /** Takes one input in, and routes what can go now. */
    void take(RouteInput input, long nowNs) throws Exception {
        switch (input.getBodyCase()) {
            case REQUEST, RETRY -> enqueue(input);
            case CANCEL -> cancel(input.getCancel());
            case STATUS -> status(input.getStatus(), nowNs);
            case MEMBERSHIP -> member(input.getMembership());
            default -> LOG.warn("input of cell {} has no body; dropped", cell);
        }
        advance(nowNs);
    }

    /**
     * Routes what can go now; call it again at {@link #wakeAtNs}, and twice a second: no event
     * tells that the last engine has fallen silent.
     */
    void advance(long nowNs) throws Exception {
        Optional<Routed> next = router.next(nowNs);
        while (next.isPresent()) {
            send(next.get());
            next = router.next(nowNs);
        }
        if (handOver.isDue(router.canServe(nowNs), nowNs)) {
            handOn();
        }
        if (isReportedOpen != router.queue().isOpen()) {
            report(nowNs);
        }
    }

    private void handOn() throws Exception {
        for (RouteInput input : List.copyOf(queued.values())) {
            if (handOver.mayGo(input)) {
                router.remove(LaneInputs.request(input).getId());
                drop(LaneInputs.request(input).getId());
                int next = handOver.next(input);
                output.emit(LaneInputs.handOver(input, next, handOver.count(input)));
            }
        }
    }

    /**
     * When {@link #advance} is due though nothing happens, wall-clock ns; MAX_VALUE: not before.
     */
    long wakeAtNs() {
        return router.wakeAtNs();
    }

    /** Gives an engine to the role that is short, if the job is told to; ask twice a second. */
    void balanceRoles(long nowNs) {
        roles.next(router.queue(), router.view(), nowNs)
                .ifPresent(
                        change -> {
                            LOG.info("cell {}: {} by load", cell, change);
                            output.emit(LaneInputs.roleSwitch(cell, change));
                        });
    }

    /** Says how the cell fares. The gate's moves are told at once, by {@link #advance}. */
    void report(long nowNs) {
        CellQueue queue = router.queue();
        isReportedOpen = queue.isOpen();
        output.report(
                new CellReport(
                        new CellDepth(cell, queue.size(), queue.bytes(), queue.isOpen()),
                        router.view().engines().stream().map(e -> load(e, nowNs)).toList(),
                        router.counts().all()));
    }

    private static EngineLoad load(EngineView engine, long nowNs) {
        EngineStatus status = engine.status();
        return new EngineLoad(
                engine.engineId(),
                engine.role() == Role.PREFILL ? "prefill" : "decode",
                engine.info().getDevice(),
                engine.isReady(nowNs),
                engine.waiting(),
                status.getRunningPrefills(),
                status.getRunningDecodes(),
                status.getBlocksTotal(),
                status.getBlocksFree(),
                status.getPromptTokensTotal(),
                status.getGeneratedTokensTotal(),
                status.getPreemptionsTotal(),
                status.getFinishedTotal());
    }

    int queuedRequests() {
        return queued.size();
    }

    /** Shows the present state to whoever reads metrics. */
    void updateMetrics(long nowNs) {
        metrics.update(router, roles.switches(), nowNs);
    }

    private void status(EngineStatus status, long nowNs) {
        if (router.view().onStatus(status, nowNs)) {
            metrics.status(status);
        }
    }

    private void enqueue(RouteInput input) throws Exception {
        String id = LaneInputs.request(input).getId();
        RouteInput known = queued.get(id);
        if (known != null && LaneInputs.attempt(known) >= LaneInputs.attempt(input)) {
            LOG.debug("{} attempt {} is queued already", id, LaneInputs.attempt(input));
            return;
        }
        if (known != null) { // a replay queued it anew, and it had got further than that
            router.remove(id);
        }
        router.add(entry(input));
        queued.put(id, input);
        output.keep(cell, id, input);
    }

    private void cancel(CancelRequest cancel) throws Exception {
        RouteInput input = queued.get(cancel.getId());
        if (input == null) {
            output.emit(LaneInputs.cancel(cancel));
            return;
        }
        router.remove(cancel.getId());
        drop(cancel.getId());
        output.emit(LaneInputs.ending(input, ErrorCode.CANCELLED, "cancelled while queued"));
    }

    private void member(Membership membership) {
        if (membership.getRemoved()) {
            router.view().onRemoved(membership.getEngine().getEngineId());
        } else {
            router.view().onJoined(membership.getEngine());
        }
    }

    private void send(Routed routed) throws Exception {
        String id = routed.request().id();
        RouteInput input = drop(id);
        if (routed.decision() instanceof RouteDecision.Dispatch dispatch) {
            output.emit(LaneInputs.dispatch(input, routed.request().slo(), routed.seq(), dispatch));
        } else if (routed.decision() instanceof RouteDecision.Reject reject) {
            output.emit(LaneInputs.ending(input, reject.code(), reject.message()));
        } else {
            throw new IllegalStateException(
                    id + " left the queue by " + routed.decision() + " (expected: no hold)");
        }
    }

    private RouteInput drop(String id) throws Exception {
        RouteInput input = queued.remove(id);
        if (input == null) {
            throw new IllegalStateException(id + " is routed (expected: a queued request)");
        }
        output.forget(cell, id);
        return input;
    }

    private static QueuedRequest entry(RouteInput input) {
        return input.hasRetry()
                ? QueuedRequest.of(input.getRetry())
                : QueuedRequest.of(input.getRequest());
    }
}
