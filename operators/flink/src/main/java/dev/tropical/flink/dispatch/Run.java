package dev.tropical.flink.dispatch;

import java.util.Set;

/**
 * One run of a subtask's lanes, from open to close.
 *
 * @param lanes that the subtask owns
 * @param epoch of every command, event and record; grows with each run of a lane
 * @param emitted what readers have seen that the restored state does not know
 * @param endedIdsPerLane most ended ids that a lane remembers
 */
record Run(Set<Integer> lanes, long epoch, Emitted emitted, int endedIdsPerLane) {
    Run {
        lanes = Set.copyOf(lanes);
    }
}
