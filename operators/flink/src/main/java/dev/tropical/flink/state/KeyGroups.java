package dev.tropical.flink.state;

import dev.tropical.protocol.Lanes;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * One Flink key for each key group, found by search. Flink hashes keys, and few keys hash unevenly:
 * with these, lane i lives in key group i and cells spread over all groups, so that work is even at
 * any parallelism.
 */
public final class KeyGroups {
    /** The job's maximum parallelism; it can never change under a savepoint. */
    public static final int COUNT = Lanes.COUNT;

    private static final Integer[] KEYS = search();

    private KeyGroups() {}

    /**
     * The key of a lane.
     *
     * @param lane in [0, {@link #COUNT})
     */
    public static Integer ofLane(int lane) {
        return KEYS[checked(lane, "lane", COUNT)];
    }

    /**
     * The key of a cell: key group {@code ceil(cell * 128 / cells)}. Rounded up as Flink rounds the
     * first group of a subtask: rounded down, cells 0 and 1 of 3 would share a subtask of 3.
     *
     * @param cell in [0, cells)
     * @param cells how many cells the job serves, at most 128
     */
    public static Integer ofCell(int cell, int cells) {
        checked(cells - 1, "cells - 1", COUNT);
        return KEYS[(checked(cell, "cell", cells) * COUNT + cells - 1) / cells];
    }

    /** The key groups of a subtask: its lanes, and the groups of its cells. */
    public static KeyGroupRange ownedBy(TaskInfo task) {
        return KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                task.getMaxNumberOfParallelSubtasks(),
                task.getNumberOfParallelSubtasks(),
                task.getIndexOfThisSubtask());
    }

    /** The key group of one of this class's keys. */
    public static int groupOf(Integer key) {
        return KeyGroupRangeAssignment.assignToKeyGroup(key, COUNT);
    }

    private static int checked(int value, String what, int bound) {
        if (value < 0 || value >= bound) {
            throw new IllegalArgumentException(
                    what + ": " + value + " (expected: 0 to " + (bound - 1) + ")");
        }
        return value;
    }

    private static Integer[] search() {
        Integer[] keys = new Integer[COUNT];
        int found = 0;
        for (int key = 0; found < COUNT; key++) {
            int group = KeyGroupRangeAssignment.assignToKeyGroup(key, COUNT);
            if (keys[group] == null) {
                keys[group] = key;
                found++;
            }
        }
        return keys;
    }
}
