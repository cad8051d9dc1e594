package dev.tropical.engine.loop;

import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.metrics.EngineMetrics;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.scheduling.batch.BatchScheduler;
import java.util.HashMap;
import java.util.Map;

/**
 * Takes the snapshots that the status socket publishes: after a change, not too often. Loop thread.
 */
final class StatusReporter {
    private final EngineInfo self;
    private final EnginePort port;
    private final BatchScheduler scheduler;
    private final StepPipeline steps;
    private final StepCosts costs;
    private final EngineMetrics metrics;
    private final long intervalNs;
    private final long progressIntervalNs;
    private final long shortStepNs;
    private final Map<Integer, Long> appliedSeq = new HashMap<>();
    private Role role;
    private long lastNs;
    private long lastStepNs;
    private boolean wasLong;
    private boolean isChanged = true;
    private boolean isAdvanced;

    StatusReporter(
            EngineInfo self,
            EnginePort port,
            BatchScheduler scheduler,
            StepPipeline steps,
            StepCosts costs,
            Vitals vitals,
            LoopOptions options) {
        this.self = self;
        this.port = port;
        this.scheduler = scheduler;
        this.steps = steps;
        this.costs = costs;
        this.metrics = vitals.metrics();
        this.intervalNs = options.statusInterval().toNanos();
        this.progressIntervalNs = options.progressInterval().toNanos();
        this.shortStepNs = options.tokenPause().toNanos();
        this.role = self.getRole();
    }

    /** Something has come, begun or ended. */
    void changed() {
        isChanged = true;
    }

    /**
     * A step has ended. Each of its decodes has a token more, and with it a whole TPOT of slack
     * that the router may give to a waiting prompt; of short steps it hears of a few together. One
     * step that took long among short ones had to wait for a busy core, and is no long one.
     */
    void stepped(long nowNs) {
        boolean isLong = nowNs - lastStepNs >= shortStepNs;
        if (isLong && wasLong) {
            isChanged = true;
        } else {
            isAdvanced = true;
        }
        wasLong = isLong;
        lastStepNs = nowNs;
    }

    void role(Role newRole) {
        role = newRole;
        isChanged = true;
    }

    Role role() {
        return role;
    }

    /** The router's dispatch {@code seq} of {@code cell} has been looked at. */
    void applied(int cell, long seq) {
        appliedSeq.merge(cell, seq, Math::max);
        isChanged = true;
    }

    /** Publishes when there is news and the last snapshot is old enough. */
    void publishIfDue(long nowNs) {
        if ((isChanged || isAdvanced) && nowNs - lastNs >= pauseNs()) {
            publish(nowNs, true);
        }
    }

    private long pauseNs() {
        return isChanged ? intervalNs : progressIntervalNs;
    }

    /** How long the loop may wait before a snapshot is due, at most {@code atMostNs}. */
    long untilDueNs(long nowNs, long atMostNs) {
        return isChanged || isAdvanced
                ? Math.max(0, Math.min(atMostNs, lastNs + pauseNs() - nowNs))
                : atMostNs;
    }

    /** Publishes now; {@code isReady} is false when the engine is about to end. */
    void publish(long nowNs, boolean isReady) {
        lastNs = nowNs;
        isChanged = false;
        isAdvanced = false;
        EngineStatus.Builder status =
                EngineStatus.newBuilder()
                        .setVersion(Wire.VERSION)
                        .setEngineId(self.getEngineId())
                        .setIncarnation(self.getIncarnation())
                        .setRole(role)
                        .setCell(self.getCell())
                        .setReady(isReady)
                        .setPredictedStepNs(steps.predictedNs())
                        .setPredictedStepEndNs(steps.predictedEndNs(nowNs))
                        .setDecodeCorrection(costs.model().decodeCorrection())
                        .setPromptCorrection(costs.model().promptCorrection())
                        .putAllAppliedSeq(appliedSeq);
        scheduler.report(status, costs.model(), steps.lastStepEndNs(nowNs), nowNs);
        EngineStatus snapshot = status.build();
        metrics.status(snapshot);
        port.send(new Outbound.Status(snapshot));
    }
}
