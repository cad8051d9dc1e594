package dev.tropical.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeedsTest {
    @Test
    void shouldKeepTheRequestsSeedForItsFirstChoice() {
        assertThat(Seeds.forChoice(42, 0)).isEqualTo(42);
    }

    @Test
    void shouldGiveEachChoiceASeedOfItsOwn() {
        assertThat(IntStream.range(0, 128).mapToLong(i -> Seeds.forChoice(7, i)).distinct())
                .hasSize(128);
    }

    /** The second output of SplitMix64 from seed 0, as its authors' code prints it. */
    @Test
    void shouldBeTheSameInEveryVersion() {
        assertThat(Seeds.forChoice(0, 2)).isEqualTo(0x6e789e6aa1b965f4L);
    }

    @Test
    void shouldRefuseANegativeChoice() {
        assertThatThrownBy(() -> Seeds.forChoice(1, -1)).hasMessageContaining("choice: -1");
    }
}
