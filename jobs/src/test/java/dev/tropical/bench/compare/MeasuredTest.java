package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredTest {
    private static final Measured MEASURED =
            Measured.of(
                            List.of(
                                    Runs.run("tropical", 1, 0, 10, 0),
                                    Runs.run("tropical", 2, 0, 10, 0),
                                    Runs.run("tropical", 2, 1, 8, 2),
                                    Runs.run("vllm", 1, 0, 10, 0),
                                    Runs.run("vllm", 2, 0, 8, 2)))
                    .get(0);

    @Test
    void shouldMergeTheSeedsOfAPoint() {
        MeasuredPoint point = MEASURED.point("tropical", 2).orElseThrow();
        assertThat(point.attainment()).isEqualTo(new Attainment(18, 20));
        assertThat(point.summary().requests().requests()).isEqualTo(20);
        assertThat(point.summary().requests().ttft().mean())
                .as("(18 x 50 + 2 x 200) / 20 ms")
                .isCloseTo(0.065, within(1e-9));
    }

    @Test
    void shouldReadTheGoodputOffAllSeedsTogether() {
        assertThat(MEASURED.goodput("vllm").rate())
                .as("from 100 % at 1 to 80 % at 2")
                .isCloseTo(1.5, within(1e-9));
        assertThat(MEASURED.goodput("tropical").rate()).isEqualTo(2);
        assertThat(MEASURED.isGoodputABound("tropical")).isTrue();
        assertThat(MEASURED.isGoodputABound("vllm")).isFalse();
    }

    @Test
    void shouldLeaveOpenWhatWasNotMeasured() {
        Measured one =
                Measured.of(List.of(Runs.run("tropical", 1, 0, 1, 0), Runs.run("vllm", 2, 0, 1, 0)))
                        .get(0);
        assertThat(one.rates()).containsExactly(1.0, 2.0);
        assertThat(one.values("vllm", point -> point.attainment().share()))
                .containsExactly(Double.NaN, 1.0);
        assertThat(one.highestGoodRate("tropical")).contains(1.0);
    }
}
