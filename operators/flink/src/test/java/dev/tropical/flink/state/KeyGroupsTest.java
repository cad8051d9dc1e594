package dev.tropical.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;

class KeyGroupsTest {

    @Test
    void shouldPutLaneInItsOwnKeyGroup() {
        for (int lane = 0; lane < KeyGroups.COUNT; lane++) {
            assertThat(
                            KeyGroupRangeAssignment.assignToKeyGroup(
                                    KeyGroups.ofLane(lane), KeyGroups.COUNT))
                    .isEqualTo(lane);
        }
    }

    @Test
    void shouldSpreadCellsEvenlyAtAnyParallelism() {
        for (int parallelism = 1; parallelism <= 8; parallelism++) {
            for (int cells = 1; cells <= 16; cells++) {
                int[] load = new int[parallelism];
                for (int cell = 0; cell < cells; cell++) {
                    load[
                            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                                    KeyGroups.ofCell(cell, cells), KeyGroups.COUNT, parallelism)]++;
                }
                int most = Arrays.stream(load).max().orElseThrow();
                int least = Arrays.stream(load).min().orElseThrow();
                assertThat(most - least)
                        .as("%d cells on %d subtasks", cells, parallelism)
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void shouldRefuseCellOutOfRange() {
        assertThatThrownBy(() -> KeyGroups.ofCell(3, 3))
                .hasMessageContaining("cell: 3 (expected: 0 to 2)");
        assertThatThrownBy(() -> KeyGroups.ofLane(-1)).hasMessageContaining("lane: -1");
    }
}
