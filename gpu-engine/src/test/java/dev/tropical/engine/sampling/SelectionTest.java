package dev.tropical.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectionTest {
    @Test
    void shouldFindTheKthLargestAmongDuplicates() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            int count = 1 + random.nextInt(40);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = random.nextInt(1 + round % 20);
            }
            float[] sorted = values.clone();
            Arrays.sort(sorted);
            int k = 1 + random.nextInt(count);
            assertThat(Selection.largest(values, count, k)).isEqualTo(sorted[count - k]);
        }
    }
}
