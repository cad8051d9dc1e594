package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class GoodputTest {
    private static final List<Double> RATES = List.of(1.0, 2.0, 3.0);

    @Test
    void shouldReadTheRateOffWhereTheLineFallsThroughTheTarget() {
        assertThat(Goodput.readOff(RATES, List.of(1.0, 0.95, 0.75)))
                .as("5 of the 20 points below 95 %: a quarter of the way from 2 to 3")
                .isCloseTo(2.25, within(1e-9));
    }

    @Test
    void shouldGiveTheHighestRateWhenAllAttain() {
        assertThat(Goodput.readOff(RATES, List.of(1.0, 0.99, 0.9))).isEqualTo(3);
    }

    @Test
    void shouldGiveNothingWhenTheLowestRateIsTooMuch() {
        assertThat(Goodput.readOff(RATES, List.of(0.89, 0.95, 0.1))).isZero();
    }

    @Test
    void shouldLeaveOutRatesThatWereNotMeasured() {
        assertThat(Goodput.readOff(RATES, List.of(1.0, Double.NaN, 0.8)))
                .as("half of the way from 1 to 3")
                .isCloseTo(2, within(1e-9));
    }
}
