package dev.tropical.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenCountsTest {
    @Test
    void shouldCountLikeAMap() {
        TokenCounts counts = new TokenCounts();
        Map<Integer, Integer> expected = new HashMap<>();
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            int token = random.nextInt(3000) * 41;
            int count = random.nextInt(2);
            counts.add(token, count);
            expected.merge(token, count, Integer::sum);
        }
        assertThat(counts.size()).isEqualTo(expected.size());
        for (int i = 0; i < counts.size(); i++) {
            assertThat(counts.count(counts.token(i))).isEqualTo(expected.remove(counts.token(i)));
        }
        assertThat(expected).isEmpty();
        assertThat(counts.count(1)).isZero();
    }
}
