package dev.tropical.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.paced.PacedRunner;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.BlockPool;
import dev.tropical.scheduling.batch.Sequence;
import org.junit.jupiter.api.Test;

class StepPipelineTest {
    private static final long SECOND = 1_000_000_000L;

    /** A step takes a second and one for each token of a prompt. */
    private static final StepCost COST = StepCost.newBuilder().setA(1).setCPf(1).build();

    private final ModelRunner runner =
            new PacedRunner(new ModelSpec("Paced", 1000, 128, 4, 64, 64, 8, 16), 0, () -> 0, false);
    private final BatchScheduler scheduler =
            new BatchScheduler(
                    new BatchConfig(16, 8, 128, true, 1, 0),
                    new BlockPool(64, 4, null),
                    new RunnerSlots(runner));
    private final StepPipeline steps =
            new StepPipeline(
                    scheduler,
                    runner,
                    new StepCosts(new CostConfig(COST, false)),
                    new Vitals().metrics(),
                    2);

    private Sequence add(String id, int promptTokens) {
        Submit submit = LoopHarness.request(id, promptTokens, 5).build();
        Sequence sequence = new Sequence(submit, 0);
        scheduler.add(sequence);
        return sequence;
    }

    @Test
    void shouldPredictThePromptOfAStepThatIsPlannedBehindAnotherPromptsLast() {
        Sequence first = add("first", 10);
        Sequence second = add("second", 12);
        assertThat(steps.launch(0)).isEqualTo(1);
        assertThat(steps.firstTokenInNs(first, 0)).isEqualTo(11 * SECOND);
        long nowNs = 11 * SECOND - 2_000_000; // so late that the next step is planned
        assertThat(steps.launch(nowNs)).isEqualTo(1);
        assertThat(steps.predictedEndNs(nowNs)).as("the running step").isEqualTo(2_000_000);
        assertThat(steps.firstTokenInNs(second, nowNs)).isEqualTo(2_000_000 + 13 * SECOND);
    }
}
