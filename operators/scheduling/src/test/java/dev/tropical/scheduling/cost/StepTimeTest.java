package dev.tropical.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.StepCost;
import org.junit.jupiter.api.Test;

class StepTimeTest {
    private static final StepCost COST =
            StepCost.newBuilder()
                    .setA(5e-3)
                    .setAPf(2e-3)
                    .setCPf(9e-5)
                    .setCAttn(3e-9)
                    .setC0(1e-5)
                    .setC1(4e-8)
                    .build();

    @Test
    void shouldCountThePrefillsFixedPartOnlyInStepsWithPromptTokens() {
        assertThat(StepTime.stepNs(COST, StepShape.prefill(1, 0)))
                .isEqualTo(Math.round((5e-3 + 2e-3 + 9e-5 + 3e-9 * 0.5) * 1e9));
        assertThat(StepTime.decodeNs(COST, 1, 100))
                .isEqualTo(Math.round((5e-3 + 1e-5 + 4e-8 * 100) * 1e9));
        assertThat(StepTime.decodeNs(COST, 0, 0)).isZero();
    }

    @Test
    void shouldLeaveEachStepItsFreePromptTokens() {
        StepCost cost = COST.toBuilder().setXFree(30).build();
        assertThat(StepTime.stepNs(cost, StepShape.prefill(20, 0)))
                .isEqualTo(Math.round((5e-3 + 2e-3 + 3e-9 * 20 * 10) * 1e9));
        // 110 tokens after 40 in chunks of 50, 50 and 10.
        double seconds = 0;
        for (int done : new int[] {40, 90, 140}) {
            int chunk = Math.min(50, 150 - done);
            seconds += StepTime.stepSeconds(cost, StepShape.prefill(chunk, done));
        }
        assertThat(StepTime.prefillNs(cost, 110, 40, 50))
                .isCloseTo(Math.round(seconds * 1e9), within(2L));
    }

    @Test
    void shouldPredictAMixedPrefillAsTheSumOfItsSteps() {
        // Budget 64 and 14 decodes leave 50 a step: 120 tokens are chunks of 50, 50 and 20; the
        // decodes' context of 1000 grows by 14 tokens a step.
        double seconds = 0;
        int done = 0;
        for (int chunk : new int[] {50, 50, 20}) {
            int step = done / 50;
            StepShape shape =
                    new StepShape(chunk, chunk * (done + chunk / 2.0), 14, 1_000 + 14L * step);
            seconds += StepTime.stepSeconds(COST, shape);
            done += chunk;
        }
        assertThat(StepTime.mixedPrefillNs(COST, 120, 64, 14, 1_000))
                .isCloseTo(Math.round(seconds * 1e9), within(2L));
    }

    @Test
    void shouldPredictAPrefillBesideNothingAsAPlainOne() {
        assertThat(StepTime.mixedPrefillNs(COST, 120, 64, 0, 0))
                .isEqualTo(StepTime.prefillNs(COST, 120, 0, 64));
        assertThat(StepTime.mixedPrefillNs(COST, 0, 64, 3, 10)).isZero();
    }

    @Test
    void shouldGoOnTokenByTokenWhenDecodesTakeTheWholeBudget() {
        assertThat(StepTime.mixedPrefillNs(COST, 3, 8, 8, 0))
                .isCloseTo(
                        Math.round(
                                (3 * (5e-3 + 2e-3 + 9e-5 + 8e-5) + 3e-9 * 4.5 + 4e-8 * 24) * 1e9),
                        within(2L));
    }
}
