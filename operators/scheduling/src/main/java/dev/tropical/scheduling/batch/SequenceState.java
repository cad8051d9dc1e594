package dev.tropical.scheduling.batch;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a sequence is in its life on one engine.
 *
 * <pre>
 * WAITING    -> PREFILLING, DECODING (adopted with its KV), FINISHED
 * PREFILLING -> DECODING, PARKED (it decodes on a peer), WAITING (preempted), FINISHED
 * DECODING   -> WAITING (preempted), FINISHED
 * PARKED     -> MIGRATING, DECODING (it stays after all), FINISHED
 * MIGRATING  -> PARKED (the transfer failed), MOVED, FINISHED
 * </pre>
 */
public enum SequenceState {
    /** Holds nothing; queued for its first step, or for its recomputation after a preemption. */
    WAITING,
    /** Holds its blocks and a slot; some of its known tokens have no KV yet. */
    PREFILLING,
    /** Holds its blocks, and a slot once there is one; one token a step. */
    DECODING,
    /** Prefilled, holds its blocks and no slot; waits for a decode engine. */
    PARKED,
    /** As parked, while its blocks are being copied to a decode engine. */
    MIGRATING,
    /** Ended on this engine; its blocks are free once no step in flight writes them. */
    FINISHED,
    /** Goes on elsewhere; nothing of it is left here. */
    MOVED;

    /** States that may follow this one. */
    Set<SequenceState> successors() {
        return switch (this) {
            case WAITING -> EnumSet.of(PREFILLING, DECODING, FINISHED);
            case PREFILLING -> EnumSet.of(DECODING, PARKED, WAITING, FINISHED);
            case DECODING -> EnumSet.of(WAITING, FINISHED);
            case PARKED -> EnumSet.of(MIGRATING, DECODING, FINISHED);
            case MIGRATING -> EnumSet.of(PARKED, MOVED, FINISHED);
            case FINISHED, MOVED -> EnumSet.noneOf(SequenceState.class);
        };
    }
}
