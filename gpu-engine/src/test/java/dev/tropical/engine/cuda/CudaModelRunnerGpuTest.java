package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the engine's loop relies on. */
@Tag("gpu")
class CudaModelRunnerGpuTest {
    private static final int STEPS = 20;

    /** GPUs that share the model. */
    int ranks() {
        return 1;
    }

    private RunnerHarness harness(String fixture) throws Exception {
        return new RunnerHarness(Fixture.load(fixture).folder(), false, ranks());
    }

    private static SamplingParams drawn() {
        return RunnerHarness.greedy()
                .setTemperature(1)
                .setTopP(0.95f)
                .setTopK(40)
                .setRepetitionPenalty(1.1f)
                .setFrequencyPenalty(0.3f)
                .setSeed(42)
                .build();
    }

    /** Binds three slots, prefills them, decodes on. */
    private List<String> generate(SamplingParams[] samplings, int depth) throws Exception {
        try (RunnerHarness harness = harness("llama")) {
            int[][] prompts = {{5, 6, 7}, {9, 3, 4, 1, 100, 90}, {17}};
            int[] starts = new int[prompts.length];
            List<int[]> drawn = new ArrayList<>();
            int[] firsts = new int[prompts.length];
            for (int slot = 0; slot < prompts.length; slot++) {
                harness.bind(slot, samplings[slot], prompts[slot]);
                firsts[slot] = harness.prefill(slot, prompts[slot], 512).sampledTokenIds()[0];
                starts[slot] = prompts[slot].length;
            }
            drawn.add(firsts);
            drawn.addAll(harness.decode(starts, STEPS, depth));
            return drawn.stream().map(Arrays::toString).toList();
        }
    }

    @Test
    void shouldGiveTheSameTokensWithTwoStepsInFlight() throws Exception {
        SamplingParams greedy = RunnerHarness.greedy().build();
        SamplingParams[] onGpu = {greedy, greedy, greedy};
        SamplingParams[] mixed = {greedy, drawn(), greedy};
        assertThat(generate(onGpu, 2)).isEqualTo(generate(onGpu, 1)).hasSize(STEPS + 1);
        assertThat(generate(mixed, 2)).isEqualTo(generate(mixed, 1));
    }

    @Test
    void shouldDrawTheSameTokensWhereLogprobsAreReported() throws Exception {
        SamplingParams silent = RunnerHarness.greedy().build();
        SamplingParams reporting = RunnerHarness.greedy().setLogprobs(3).build();
        assertThat(generate(new SamplingParams[] {reporting, silent, reporting}, 2))
                .isEqualTo(generate(new SamplingParams[] {silent, silent, silent}, 2));
    }

    @Test
    void shouldGoOnInAnotherRunnerWithCopiedBlocks() throws Exception {
        int[] prompt = Fixture.load("qwen3").prompts().get(2).tokens();
        try (RunnerHarness from = harness("qwen3");
                RunnerHarness to = harness("qwen3")) {
            from.bind(0, RunnerHarness.greedy().build(), prompt);
            int first = from.prefill(0, prompt, 512).sampledTokenIds()[0];
            int count = (prompt.length + RunnerHarness.BLOCK_SIZE - 1) / RunnerHarness.BLOCK_SIZE;
            for (int i = 0; i < count; i++) {
                int source = RunnerHarness.blocks(0)[i];
                copyBlock(from.runner, to.runner, source, RunnerHarness.blocks(3)[i]);
            }
            to.runner.bind(3, RunnerHarness.greedy().build(), prompt, new int[] {first});
            for (int i = 0; i < STEPS; i++) {
                from.launch(RunnerHarness.continuation(0, prompt.length + i));
                to.launch(
                        i == 0
                                ? RunnerHarness.tokens(3, new int[] {first}, prompt.length, true)
                                : RunnerHarness.continuation(3, prompt.length + i));
                assertThat(to.await().sampledTokenIds()).isEqualTo(from.await().sampledTokenIds());
            }
        }
    }

    private static void copyBlock(ModelRunner from, ModelRunner to, int source, int target) {
        int bytes = from.spec().blockBytes();
        int frame = 1000;
        for (int offset = 0; offset < bytes; offset += frame) {
            ByteBuffer buffer = ByteBuffer.allocate(Math.min(frame, bytes - offset));
            from.readBlock(source, offset, buffer);
            assertThat(buffer.hasRemaining()).isFalse();
            to.writeBlock(target, offset, buffer.flip());
        }
    }

    @Test
    void shouldMixDecodesAndChunksInAStep() throws Exception {
        int[] prompt = {8, 9, 10, 11, 12, 13};
        try (RunnerHarness harness = harness("internlm2")) {
            SamplingParams greedy = RunnerHarness.greedy().build();
            harness.bind(0, greedy, prompt);
            harness.bind(1, greedy, prompt);
            int first = harness.prefill(0, prompt, 512).sampledTokenIds()[0];
            harness.launch(
                    RunnerHarness.continuation(0, prompt.length),
                    RunnerHarness.tokens(1, Arrays.copyOf(prompt, 4), 0, false));
            int second = harness.await().sampledTokenIds()[0];
            harness.launch(
                    RunnerHarness.continuation(0, prompt.length + 1),
                    RunnerHarness.tokens(1, new int[] {12, 13}, 4, true));
            int[] ids = harness.await().sampledTokenIds();
            assertThat(ids[1]).isEqualTo(first);
            harness.launch(RunnerHarness.continuation(1, prompt.length));
            assertThat(harness.await().sampledTokenIds()[0]).isEqualTo(second);
        }
    }

    @Test
    void shouldRefuseWhatWouldLeaveItsMemory() throws Exception {
        int[] prompt = {5, 6, 7};
        try (RunnerHarness harness = harness("llama")) {
            harness.bind(0, RunnerHarness.greedy().build(), prompt);
            harness.launch(RunnerHarness.tokens(0, prompt, 0, true));
            harness.launch(RunnerHarness.continuation(0, 3));
            assertThatThrownBy(() -> harness.launch(RunnerHarness.continuation(0, 4)))
                    .hasMessageContaining("2 in flight");
            harness.await();
            assertThatThrownBy(
                            () -> harness.launch(RunnerHarness.tokens(0, new int[] {160}, 4, true)))
                    .hasMessageContaining("token 160 (expected: in [0, 160))");
            int[] table = {1 << 20};
            StepPlan.Entry bad = new StepPlan.Entry(0, new int[] {1}, false, 0, 1, table, true);
            assertThatThrownBy(() -> harness.launch(bad)).hasMessageContaining("block 1048576");
            harness.await();
            assertThatThrownBy(() -> harness.runner.poll(0)).hasMessageContaining("no step");
        }
    }
}
