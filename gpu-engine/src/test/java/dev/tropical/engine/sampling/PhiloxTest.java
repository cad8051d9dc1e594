package dev.tropical.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** Known answers of the authors' Random123 library (kat_vectors, philox4x32 10). */
    @Test
    void shouldGiveThePublishedNumbers() {
        assertThat(Philox.block(0, 0, 0, 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(Philox.block(-1L, -1, -1, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(
                        Philox.block(
                                0x299f31d0_a4093822L,
                                0x243f6a88,
                                0x85a308d3,
                                0x13198a2e,
                                0x03707344))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void shouldBeUniform() {
        int[] counts = new int[10];
        int draws = 20_000;
        for (int i = 0; i < draws; i++) {
            double u = Philox.uniform(1234, i);
            assertThat(u).isBetween(0.0, Math.nextDown(1.0));
            counts[(int) (u * counts.length)]++;
        }
        double chiSquare = 0;
        double expected = draws / (double) counts.length;
        for (int count : counts) {
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        // 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds; the seed is fixed.
        assertThat(chiSquare).isLessThan(27.9);
    }

    @Test
    void shouldDependOnSeedAndCounterAlone() {
        assertThat(Philox.uniform(7, 3)).isEqualTo(Philox.uniform(7, 3));
        assertThat(Philox.uniform(7, 3)).isNotEqualTo(Philox.uniform(8, 3));
        assertThat(Philox.uniform(7, 3)).isNotEqualTo(Philox.uniform(7, 4));
        assertThat(Philox.uniform(7, 3)).isNotEqualTo(Philox.uniform(7 | 1L << 40, 3));
    }
}
