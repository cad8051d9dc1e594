package dev.tropical.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.StepCost;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StepCostModelTest {
    private static final StepCost COST =
            StepCost.newBuilder()
                    .setA(5e-3)
                    .setCPf(9e-5)
                    .setCAttn(3e-9)
                    .setC0(1e-5)
                    .setC1(4e-8)
                    .build();

    private final StepCostModel model = new StepCostModel(COST);

    @Test
    void shouldAddUpTheTerms() {
        StepShape shape = new StepShape(100, 100 * 550.0, 8, 4_000);
        double seconds = 5e-3 + 9e-5 * 100 + 3e-9 * 55_000 + 1e-5 * 8 + 4e-8 * 4_000;
        assertThat(model.predictNs(shape)).isEqualTo(Math.round(seconds * 1e9));
    }

    @Test
    void shouldPredictAPrefillAsTheSumOfItsChunks() {
        long sum = 0;
        for (int done = 300; done < 1_000; done += 256) {
            sum += model.predictNs(StepShape.prefill(Math.min(256, 1_000 - done), done));
        }
        assertThat(model.predictPrefillNs(700, 300, 256)).isCloseTo(sum, within(4L));
        assertThat(model.predictPrefillNs(0, 300, 256)).isZero();
    }

    @Test
    void shouldFollowWhatIsObserved() {
        StepShape shape = StepShape.decode(8, 4_000);
        long slower = Math.round(model.predictNs(shape) * 1.2);
        model.observe(shape, slower);
        assertThat(model.decodeCorrection()).isCloseTo(1.02, within(1e-6));
        for (int i = 0; i < 60; i++) {
            model.observe(shape, slower);
        }
        assertThat(model.predictNs(shape)).isCloseTo(slower, within(slower / 500));
        assertThat(model.toStepCost().getC1()).isCloseTo(4e-8 * 1.2, within(1e-10));
        assertThat(model.promptCorrection()).isEqualTo(1);
    }

    @Test
    void shouldCorrectPromptsApartFromDecodes() {
        StepShape mixed = new StepShape(1_000, 500_000, 8, 4_000);
        double decodeSeconds = 5e-3 + 1e-5 * 8 + 4e-8 * 4_000;
        double promptSeconds = 9e-5 * 1_000 + 3e-9 * 500_000;
        long observed = Math.round((decodeSeconds + 1.5 * promptSeconds) * 1e9);
        model.observe(mixed, observed);
        double share = promptSeconds / (decodeSeconds + promptSeconds);
        assertThat(model.promptCorrection()).isCloseTo(1 + 0.1 * 0.5 * share, within(1e-6));
        for (int i = 0; i < 100; i++) {
            model.observe(mixed, observed);
        }
        assertThat(model.promptCorrection()).isCloseTo(1.5, within(1e-3));
        assertThat(model.decodeCorrection()).isEqualTo(1);
        assertThat(model.toStepCost().getCPf()).isCloseTo(9e-5 * 1.5, within(1e-7));
    }

    @Test
    void shouldBeMovedLittleByOneOddStep() {
        model.observe(StepShape.decode(8, 4_000), 1_000_000_000_000L);
        assertThat(model.decodeCorrection()).isCloseTo(1.1, within(1e-9));
    }

    @Test
    void shouldNotFollowBeyondTwoOrBelowAHalf() {
        StepShape shape = StepShape.decode(8, 4_000);
        for (int i = 0; i < 200; i++) {
            model.observe(shape, 1_000_000_000_000L);
        }
        assertThat(model.decodeCorrection()).isCloseTo(2, within(1e-6));
        for (int i = 0; i < 200; i++) {
            model.observe(shape, 1);
        }
        assertThat(model.decodeCorrection()).isCloseTo(0.5, within(1e-6));
    }

    @Test
    void shouldRefuseCoefficientsThatAreNoTimes() {
        assertThatThrownBy(() -> new StepCostModel(COST.toBuilder().setC0(-1).build()))
                .hasMessage("cost coefficient: -1.0 (expected: finite, >= 0)");
        assertThatThrownBy(() -> model.replace(COST.toBuilder().setA(Double.NaN).build()))
                .hasMessageContaining("NaN");
    }

    @Test
    void shouldFindTheCoefficientsOfMeasuredSteps() {
        StepCostFit fit = new StepCostFit();
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            StepShape shape = randomShape(random);
            double noise = 1 + 0.02 * random.nextGaussian();
            fit.add(shape, Math.round(model.predictNs(shape) * noise));
        }
        StepCostModel fitted = new StepCostModel(fit.fit().orElseThrow());
        for (int i = 0; i < 100; i++) {
            StepShape shape = randomShape(random);
            long expected = model.predictNs(shape);
            assertThat(fitted.predictNs(shape)).isCloseTo(expected, within(expected / 50));
        }
    }

    private static StepShape randomShape(Random random) {
        int decodes = random.nextInt(64);
        int prefill = random.nextInt(3) == 0 ? 0 : random.nextInt(2_048);
        double context = prefill * (random.nextInt(4_096) + prefill / 2.0);
        return new StepShape(prefill, context, decodes, (long) decodes * random.nextInt(4_096));
    }

    @Test
    void shouldNotGiveNegativeCoefficients() {
        StepCostFit fit = new StepCostFit();
        for (int i = 1; i <= 100; i++) {
            // Larger batches took less time: no honest coefficient is negative.
            fit.add(StepShape.decode(i, 100L * i), 1_000_000 - 1_000L * i);
        }
        StepCost cost = fit.fit().orElseThrow();
        assertThat(cost.getC0()).isZero();
        assertThat(cost.getC1()).isZero();
        assertThat(cost.getCPf()).isZero();
        assertThat(cost.getA()).isCloseTo(0.94e-3, within(0.05e-3));
    }

    @Test
    void shouldWaitForEnoughSteps() {
        StepCostFit fit = new StepCostFit();
        for (int i = 0; i < 15; i++) {
            fit.add(StepShape.decode(1, 10), 1_000);
        }
        fit.add(StepShape.decode(1, 10), 0);
        assertThat(fit.fit()).isEmpty();
        fit.add(StepShape.decode(1, 10), 1_000);
        assertThat(fit.fit()).isPresent();
    }
}
