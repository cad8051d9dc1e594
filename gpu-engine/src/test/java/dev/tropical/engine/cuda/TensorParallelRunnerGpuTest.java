package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the engine's loop relies on, where two GPUs share a model. */
@Tag("gpu")
class TensorParallelRunnerGpuTest extends CudaModelRunnerGpuTest {
    @Override
    int ranks() {
        return 2;
    }

    /** Blocks of two ranks' heads continue on one GPU, and the reverse. */
    @ParameterizedTest
    @CsvSource({"2, 1", "1, 2"})
    void shouldGoOnWithOtherRanks(int from, int to) throws Exception {
        Fixture fixture = Fixture.load("qwen3");
        int[] prompt = fixture.prompts().get(2).tokens();
        int vocab = fixture.config().vocabSize();
        SamplingParams sampling = RunnerHarness.withAllLogprobs(vocab);
        try (RunnerHarness sender = new RunnerHarness(fixture.folder(), false, from);
                RunnerHarness receiver = new RunnerHarness(fixture.folder(), false, to)) {
            sender.bind(0, sampling, prompt);
            int first = sender.prefill(0, prompt, 512).sampledTokenIds()[0];
            int count = (prompt.length + RunnerHarness.BLOCK_SIZE - 1) / RunnerHarness.BLOCK_SIZE;
            for (int i = 0; i < count; i++) {
                ByteBuffer block = ByteBuffer.allocate(sender.runner.spec().blockBytes());
                sender.runner.readBlock(RunnerHarness.blocks(0)[i], 0, block);
                receiver.runner.writeBlock(RunnerHarness.blocks(3)[i], 0, block.flip());
            }
            receiver.runner.bind(3, sampling, prompt, new int[] {first});
            assertThat(
                            GpuArrays.error(
                                    next(receiver, 3, first, prompt.length, vocab),
                                    asDoubles(next(sender, 0, first, prompt.length, vocab))))
                    .isLessThan(2e-2);
        }
    }

    private static float[] next(RunnerHarness harness, int slot, int token, int at, int vocab)
            throws Exception {
        StepPlan.Entry entry = RunnerHarness.tokens(slot, new int[] {token}, at, true);
        harness.launch(entry);
        return RunnerHarness.row(harness.await().logprobs().get(0), vocab);
    }

    private static double[] asDoubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    @Test
    void shouldRefuseHeadsThatDoNotDivide() throws Exception {
        int gpus = GpuDevice.count();
        assertThatThrownBy(() -> new RunnerHarness(Fixture.load("llama").folder(), true, 3))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining(
                        "num_key_value_heads: 2 (expected: a multiple of 3 for tensor-parallel-size"
                                + " 3)");
        assertThat(gpus).isEqualTo(2);
    }
}
