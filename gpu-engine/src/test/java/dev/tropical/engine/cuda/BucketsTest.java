package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BucketsTest {
    @Test
    void shouldHoldTheCountAndBeBucketsThemselves() {
        int last = 0;
        for (int count = 1; count <= 40_000; count++) {
            int bucket = Buckets.of(count);
            assertThat(bucket).isGreaterThanOrEqualTo(count).isGreaterThanOrEqualTo(last);
            assertThat(Buckets.of(bucket)).isEqualTo(bucket);
            last = bucket;
        }
    }

    @Test
    void shouldPadLargeStepsByFewTokens() {
        assertThat(Buckets.of(1)).isEqualTo(1);
        assertThat(Buckets.of(5)).isEqualTo(8);
        assertThat(Buckets.of(37)).isEqualTo(40);
        assertThat(Buckets.of(2049)).isEqualTo(2176);
    }
}
