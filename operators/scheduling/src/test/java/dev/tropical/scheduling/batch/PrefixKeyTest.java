package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixKeyTest {
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    private final PrefixCache cache = new PrefixCache("model");

    @Test
    void shouldNameFullBlocksOnly() {
        assertThat(cache.keys(TOKENS, 9, 4)).hasSize(2);
        assertThat(cache.keys(TOKENS, 3, 4)).isEmpty();
    }

    @Test
    void shouldDependOnEveryTokenBeforeIt() {
        int[] other = TOKENS.clone();
        other[0] = 99;
        assertThat(cache.keys(other, 8, 4).get(1)).isNotEqualTo(cache.keys(TOKENS, 8, 4).get(1));
    }

    @Test
    void shouldDependOnTheModel() {
        assertThat(new PrefixCache("other").keys(TOKENS, 8, 4))
                .doesNotContainAnyElementsOf(cache.keys(TOKENS, 8, 4));
    }

    @Test
    void shouldBeTheSameInEveryProcess() {
        // SHA-256 of SHA-256("model")[0, 16) and the four tokens, big-endian, by another program.
        PrefixKey key = cache.keys(TOKENS, 4, 4).get(0);
        assertThat(HexFormat.of().formatHex(key.toBytes()))
                .isEqualTo("e6d3b97435edf98f5db7149196016b97");
    }

    @Test
    void shouldSurviveTheWire() {
        List<PrefixKey> keys = cache.keys(TOKENS, 8, 4);
        assertThat(PrefixKey.fromBytes(keys.get(1).toBytes())).isEqualTo(keys.get(1));
        assertThatThrownBy(() -> PrefixKey.fromBytes(new byte[3])).hasMessageContaining("3 bytes");
    }

    @Test
    void shouldMatchTheLongestKnownPrefix() {
        List<PrefixKey> keys = cache.keys(TOKENS, 9, 2);
        cache.put(keys.get(0), 5);
        cache.put(keys.get(1), 6);
        cache.put(keys.get(3), 7);
        assertThat(cache.match(keys)).containsExactly(5, 6);
    }
}
