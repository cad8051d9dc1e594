package dev.tropical.engine.io;

import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineStatus;
import org.zeromq.ZMQ;

/**
 * Publishes the loop's snapshots and repeats the last one as a heartbeat, with durations that run
 * down (or age) since it was taken, so that a loop in a long step still looks alive. I/O thread.
 */
final class StatusPublisher {
    private final ZMQ.Socket socket;
    private final Progress progress;
    private final long heartbeatNs;
    private EngineStatus last;
    private long lastTakenNs;
    private long lastSentNs;
    private long number;

    StatusPublisher(
            ZMQ.Socket socket, Progress progress, EngineStatus first, int heartbeatMs, long nowNs) {
        this.socket = socket;
        this.progress = progress;
        this.heartbeatNs = heartbeatMs * 1_000_000L;
        this.last = first;
        this.lastTakenNs = nowNs;
        this.lastSentNs = nowNs - heartbeatNs;
    }

    void publish(EngineStatus status, long nowNs) {
        last = status;
        lastTakenNs = nowNs;
        send(nowNs);
    }

    void heartbeatIfDue(long nowNs) {
        if (nowNs - lastSentNs >= heartbeatNs) {
            send(nowNs);
        }
    }

    long untilNextNs(long nowNs) {
        return Math.max(0, lastSentNs + heartbeatNs - nowNs);
    }

    private void send(long nowNs) {
        EngineStatus status = aged(last, nowNs - lastTakenNs);
        status =
                status.toBuilder()
                        .setVersion(Wire.VERSION)
                        .setNumber(++number)
                        .setProgressAgeNs(progress.ageNs(nowNs))
                        .build();
        socket.send(status.toByteArray(), ZMQ.DONTWAIT);
        lastSentNs = nowNs;
    }

    /** The snapshot as it would read {@code elapsedNs} later if nothing else had changed. */
    static EngineStatus aged(EngineStatus status, long elapsedNs) {
        EngineStatus.Builder aged = status.toBuilder();
        if (status.getMinSpareSlackNs() != Long.MAX_VALUE) {
            aged.setMinSpareSlackNs(status.getMinSpareSlackNs() - elapsedNs);
        }
        aged.setPredictedPrefillEndNs(Math.max(0, status.getPredictedPrefillEndNs() - elapsedNs));
        if (status.getPredictedStepEndNs() > 0) {
            aged.setPredictedStepEndNs(Math.max(1, status.getPredictedStepEndNs() - elapsedNs));
        }
        return aged.build();
    }
}
