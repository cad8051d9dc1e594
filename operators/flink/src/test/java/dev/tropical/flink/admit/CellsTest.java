package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CellsTest {
    @Test
    void shouldSpreadRequestsEvenly() {
        int[] counts = new int[5];
        IntStream.range(0, 10_000).forEach(i -> counts[Cells.of("id-" + i, 5)]++);
        assertThat(IntStream.of(counts)).allMatch(count -> count > 1_800 && count < 2_200);
    }

    @Test
    void shouldMoveRequestsToANewCellOnly() {
        for (int i = 0; i < 1_000; i++) {
            int before = Cells.of("id-" + i, 4);
            assertThat(Cells.of("id-" + i, 5)).isIn(before, 4);
        }
    }
}
