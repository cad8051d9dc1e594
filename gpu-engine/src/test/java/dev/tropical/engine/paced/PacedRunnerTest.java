package dev.tropical.engine.paced;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedRunnerTest {
    private static final ModelSpec SPEC = new ModelSpec("Paced", 100, 64, 4, 16, 16, 4, 64);

    private long nowNs;

    @Test
    void shouldGiveAStepsResultWhenItsTimeHasPassed() throws Exception {
        PacedRunner runner = new PacedRunner(SPEC, 1000, () -> nowNs, false);
        runner.bind(0, SamplingParams.getDefaultInstance(), new int[] {1, 2}, new int[0]);
        runner.launch(plan(1, new int[] {1, 2}, 0, 3));
        nowNs = 999;
        assertThat(runner.poll(0)).isEmpty();
        nowNs = 1000;
        assertThat(runner.poll(0)).get().satisfies(r -> assertThat(r.number()).isEqualTo(1));
        assertThatThrownBy(() -> runner.poll(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRunOverlappedStepsOneAfterAnother() throws Exception {
        PacedRunner runner = new PacedRunner(SPEC, 1000, () -> nowNs, false);
        runner.bind(0, SamplingParams.getDefaultInstance(), new int[] {1, 2}, new int[0]);
        runner.launch(plan(1, new int[] {1, 2}, 0, 3));
        StepPlan.Entry next = new StepPlan.Entry(0, new int[0], true, 2, 1, new int[] {3}, true);
        runner.launch(new StepPlan(2, List.of(next)));
        nowNs = 1000;
        assertThat(runner.poll(0)).isPresent();
        assertThat(runner.poll(0)).isEmpty();
        nowNs = 2000;
        assertThat(runner.poll(0)).isPresent();
    }

    @Test
    void shouldDependOnTheTokensAndNotOnTheBlocksOrTheChunks() throws Exception {
        int[] prompt = {5, 6, 7, 8, 9, 10};
        PacedRunner whole = runner(prompt);
        whole.launch(plan(1, prompt, 0, 3, 9));
        int expected = sampled(whole);
        PacedRunner chunked = runner(prompt);
        chunked.launch(plan(1, new int[] {5, 6, 7}, 0, 11));
        sampled(chunked);
        chunked.launch(plan(2, new int[] {8, 9, 10}, 3, 11, 0));
        assertThat(sampled(chunked)).isEqualTo(expected);
        PacedRunner other = runner(new int[] {5, 6, 7, 8, 9, 11});
        other.launch(plan(1, new int[] {5, 6, 7, 8, 9, 11}, 0, 3, 9));
        assertThat(sampled(other)).isNotEqualTo(expected);
    }

    @Test
    void shouldShowALostBlock() throws Exception {
        int[] prompt = {5, 6, 7, 8, 9, 10};
        PacedRunner first = runner(prompt);
        first.launch(plan(1, new int[] {5, 6, 7, 8}, 0, 3));
        sampled(first);
        first.launch(plan(2, new int[] {9, 10}, 4, 3, 9));
        int expected = sampled(first);
        ByteBuffer block = ByteBuffer.allocate(SPEC.blockBytes());
        first.readBlock(3, 0, block);
        PacedRunner moved = runner(prompt);
        moved.writeBlock(7, 0, block.flip());
        moved.launch(plan(1, new int[] {9, 10}, 4, 7, 8));
        assertThat(sampled(moved)).isEqualTo(expected);
        PacedRunner lost = runner(prompt);
        lost.launch(plan(1, new int[] {9, 10}, 4, 7, 8));
        assertThat(sampled(lost)).isNotEqualTo(expected);
    }

    private PacedRunner runner(int[] prompt) {
        PacedRunner runner = new PacedRunner(SPEC, 0, () -> nowNs, false);
        runner.bind(0, SamplingParams.getDefaultInstance(), prompt, new int[0]);
        return runner;
    }

    private static int sampled(PacedRunner runner) throws InterruptedException {
        return runner.poll(0).orElseThrow().sampledTokenIds()[0];
    }

    private static StepPlan plan(long number, int[] tokens, int start, int... blocks) {
        return new StepPlan(
                number,
                List.of(new StepPlan.Entry(0, tokens, false, start, tokens.length, blocks, true)));
    }

    @Test
    void shouldTellTheTimeInTokensOfTheClock() throws Exception {
        PacedRunner runner = new PacedRunner(SPEC, 300_000, () -> nowNs, true);
        runner.bind(0, SamplingParams.getDefaultInstance(), new int[] {1, 2}, new int[0]);
        nowNs = 5_200_000;
        runner.launch(plan(1, new int[] {1, 2}, 0, 3));
        nowNs = 5_700_000;
        // Seen to be done at 5.7 ms: tick 57, which is 7 modulo half of the 100 tokens.
        assertThat(sampled(runner)).isEqualTo(50 + 7);
    }
}
