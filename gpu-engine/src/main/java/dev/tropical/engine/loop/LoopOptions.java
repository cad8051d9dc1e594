package dev.tropical.engine.loop;

import java.time.Duration;

/**
 * The loop's limits.
 *
 * @param isOverlapped whether step n + 1 is prepared while step n runs
 * @param maxWaiting sequences that may wait for their first step; beyond, Submit is refused with
 *     QUEUE_FULL and the job's router holds the rest, where it can still choose another engine
 * @param maxCommandsPerCycle commands applied between two looks at the running step
 * @param statusInterval least time between two snapshots when something has come, begun or ended, a
 *     step of at least {@code tokenPause} after another such among it
 * @param progressInterval the same when only shorter steps have ended: taking a snapshot is
 *     nothing, but with a small model's hundreds of steps a second all that read it have work
 * @param tokenPause how long tokens in the midst of a sequence may wait for others after the last
 *     message: those of longer steps rarely do
 * @param keepFinished how long a finished sequence waits for its Ack; far beyond any checkpoint
 *     interval
 * @param keepTombstone how long a cancelled key is remembered, so that a Submit or a migration that
 *     was under way is dropped; far beyond any migration's deadline
 * @param redeliverAfter pause before events that a full connection dropped are sent again
 */
public record LoopOptions(
        boolean isOverlapped,
        int maxWaiting,
        int maxCommandsPerCycle,
        Duration statusInterval,
        Duration progressInterval,
        Duration tokenPause,
        Duration keepFinished,
        Duration keepTombstone,
        Duration redeliverAfter) {

    public LoopOptions {
        if (maxWaiting < 1 || maxCommandsPerCycle < 1) {
            throw new IllegalArgumentException(
                    "maxWaiting "
                            + maxWaiting
                            + ", maxCommandsPerCycle "
                            + maxCommandsPerCycle
                            + " (expected: both at least 1)");
        }
        positive("statusInterval", statusInterval);
        positive("progressInterval", progressInterval);
        if (tokenPause.isNegative()) {
            throw new IllegalArgumentException(
                    "tokenPause: " + tokenPause + " (expected: at least 0)");
        }
        positive("keepFinished", keepFinished);
        positive("keepTombstone", keepTombstone);
        positive("redeliverAfter", redeliverAfter);
    }

    /** Everything at its default. */
    public static LoopOptions defaults(boolean isOverlapped) {
        return new LoopOptions(
                isOverlapped,
                256,
                256,
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(2),
                Duration.ofMinutes(10),
                Duration.ofSeconds(60),
                Duration.ofMillis(500));
    }

    /** The same with another pause between messages of tokens; 0 = none ever waits. */
    LoopOptions withTokenPause(Duration pause) {
        return new LoopOptions(
                isOverlapped,
                maxWaiting,
                maxCommandsPerCycle,
                statusInterval,
                progressInterval,
                pause,
                keepFinished,
                keepTombstone,
                redeliverAfter);
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
    }
}
