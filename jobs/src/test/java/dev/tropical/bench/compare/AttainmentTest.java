package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AttainmentTest {
    @Test
    void shouldHaveWilsonsInterval() {
        // p = 0.9, n = 100: 1.96 / 1.038416 * sqrt(0.0009 + 3.8416 / 40000) = 0.05957
        assertThat(new Attainment(90, 100).halfWidth()).isCloseTo(0.05957, within(1e-5));
        assertThat(new Attainment(0, 0).share()).isNaN();
    }

    @Test
    void shouldBeDecidedWhenTheIntervalLiesOnOneSideOfTheTarget() {
        assertThat(new Attainment(0, 0).isDecided()).isFalse();
        assertThat(new Attainment(90, 100).isDecided()).isFalse();
        assertThat(new Attainment(95, 100).isDecided()).as("0.888 to 0.978").isFalse();
        assertThat(new Attainment(99, 100).isDecided()).as("0.946 to 0.998").isTrue();
        assertThat(new Attainment(380, 400).isDecided()).as("0.924 to 0.967").isTrue();
        assertThat(new Attainment(340, 400).isDecided()).as("0.812 to 0.882").isTrue();
        assertThat(new Attainment(340, 400).isMissed()).isTrue();
        assertThat(new Attainment(380, 400).isMissed()).isFalse();
        assertThat(new Attainment(0, 0).isMissed()).isFalse();
    }
}
