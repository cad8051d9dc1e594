package dev.tropical.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepShape;
import dev.tropical.scheduling.cost.StepTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepProfilerTest {
    private static final StepCost COST =
            StepCost.newBuilder()
                    .setA(2e-3)
                    .setAPf(1e-3)
                    .setCPf(5e-5)
                    .setCAttn(2e-8)
                    .setC0(1e-4)
                    .setC1(4e-7)
                    .build();

    @Test
    void shouldFindWhatARunnersStepsCost() throws InterruptedException {
        FormulaRunner runner = new FormulaRunner(COST, 64, 4_000, 2_048);
        StepProfile profile =
                StepProfiler.measure(runner, Duration.ofSeconds(10), runner::nowNs, () -> false);
        assertThat(profile.steps()).isGreaterThan(60);
        assertThat(profile.maxError()).isLessThan(0.01);
        StepShape shape = new StepShape(700, 700 * 1_350.0, 20, 20_000);
        long expected = StepTime.stepNs(COST, shape);
        assertThat(StepTime.stepNs(profile.cost(), shape))
                .isCloseTo(expected, within(expected / 50));
        assertThat(runner.bound()).as("slots still bound").isZero();
    }

    @Test
    void shouldFindHowManyPromptTokensAreFree() throws InterruptedException {
        StepCost cost = COST.toBuilder().setXFree(128).build();
        FormulaRunner runner = new FormulaRunner(cost, 64, 4_000, 2_048);
        StepProfile profile =
                StepProfiler.measure(runner, Duration.ofSeconds(10), runner::nowNs, () -> false);
        assertThat(profile.cost().getXFree()).isEqualTo(128);
        assertThat(profile.maxError()).isLessThan(0.01);
    }

    @Test
    void shouldMeasureSmallStepsOnASlowRunner() throws InterruptedException {
        StepCost slow = StepTime.scaled(COST, 10, 100);
        FormulaRunner runner = new FormulaRunner(slow, 64, 4_000, 2_048);
        StepProfile profile =
                StepProfiler.measure(runner, Duration.ofSeconds(10), runner::nowNs, () -> false);
        assertThat(profile.steps()).isEqualTo(60);
        assertThat(runner.longestNs()).isLessThan(3_000_000_000L);
    }

    @Test
    void shouldFitAPoolOfFewBlocks() throws InterruptedException {
        FormulaRunner runner = new FormulaRunner(COST, 8, 4, 64);
        StepProfile profile =
                StepProfiler.measure(runner, Duration.ofSeconds(2), runner::nowNs, () -> false);
        assertThat(profile.maxError()).isLessThan(0.05);
    }

    @Test
    void shouldMeasureARunnerOfOneSequenceOrOneBlock() throws InterruptedException {
        for (FormulaRunner runner :
                new FormulaRunner[] {
                    new FormulaRunner(COST, 1, 4_000, 2_048), new FormulaRunner(COST, 8, 1, 64)
                }) {
            StepProfile profile =
                    StepProfiler.measure(runner, Duration.ofSeconds(2), runner::nowNs, () -> false);
            assertThat(profile.maxError()).isLessThan(0.05);
        }
    }

    @Test
    void shouldEndWhenItIsStopped() throws InterruptedException {
        FormulaRunner runner = new FormulaRunner(COST, 64, 4_000, 2_048);
        StepProfile profile =
                StepProfiler.measure(
                        runner,
                        Duration.ofDays(1),
                        runner::nowNs,
                        () -> runner.nowNs() > 1_000_000_000L);
        assertThat(profile.steps()).as("all of it was warm-up").isZero();
        assertThat(profile.cost()).isEqualTo(StepCost.getDefaultInstance());
    }
}
