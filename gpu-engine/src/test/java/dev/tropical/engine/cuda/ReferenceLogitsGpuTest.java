package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each architecture in bf16 against float32 logits that Hugging Face transformers computed. Errors
 * are compared and not tokens: random weights leave gaps between logits that bf16 cannot see.
 */
@Tag("gpu")
class ReferenceLogitsGpuTest {
    /**
     * Of log probabilities, in the 2-norm. Weights and each activation are rounded to 2^-9 of
     * themselves, a few dozen times in two layers; a wrong rotation or head is off by 0.3 or more.
     */
    private static final double TOLERANCE = 2e-2;

    private static final int COPIES = 37;

    /** GPUs that share the model. */
    int ranks() {
        return 1;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3-rope",
                "llama-tied",
                "mistral",
                "qwen2",
                "qwen3",
                "internlm2"
            })
    void shouldAgreeWithTransformers(String name) throws Exception {
        Fixture fixture = Fixture.load(name);
        int vocab = fixture.config().vocabSize();
        try (RunnerHarness harness = new RunnerHarness(fixture.folder(), false, ranks())) {
            for (Fixture.Prompt prompt : fixture.prompts()) {
                for (int chunk : new int[] {1, 17, 512}) {
                    check(harness, prompt, chunk, vocab, name);
                }
            }
            checkRagged(harness, fixture, vocab);
        }
    }

    /** The prompt in chunks, then the continuation token by token through the graph. */
    private void check(
            RunnerHarness harness, Fixture.Prompt prompt, int chunk, int vocab, String name)
            throws Exception {
        int[] path = prompt.path();
        int length = prompt.tokens().length;
        SamplingParams sampling = RunnerHarness.withAllLogprobs(vocab);
        List<float[]> rows = new ArrayList<>();
        harness.bind(0, sampling, prompt.tokens());
        rows.add(
                RunnerHarness.row(
                        harness.prefill(0, prompt.tokens(), chunk).logprobs().get(0), vocab));
        for (int at = length; at < path.length; at++) {
            harness.launch(RunnerHarness.tokens(0, new int[] {path[at]}, at, true));
            rows.add(RunnerHarness.row(harness.await().logprobs().get(0), vocab));
        }
        harness.runner.release(0);
        double error = error(rows, prompt, length - 1);
        System.out.printf("%s, %d tokens, chunks of %d: error %.2e%n", name, length, chunk, error);
        assertThat(error).isLessThan(TOLERANCE);
    }

    /** Many sequences of different lengths in each step: row i must be sequence i's. */
    private void checkRagged(RunnerHarness harness, Fixture fixture, int vocab) throws Exception {
        Fixture.Prompt prompt = fixture.prompts().get(fixture.prompts().size() - 1);
        int[] path = prompt.path();
        int first = prompt.tokens().length;
        SamplingParams sampling = RunnerHarness.withAllLogprobs(vocab);
        StepPlan.Entry[] entries = new StepPlan.Entry[COPIES];
        for (int slot = 0; slot < COPIES; slot++) {
            harness.bind(slot, sampling, prompt.tokens());
            int length = first + slot % (path.length - first);
            harness.prefill(slot, java.util.Arrays.copyOf(path, length), 64);
            entries[slot] = RunnerHarness.tokens(slot, new int[] {path[length]}, length, true);
        }
        harness.launch(entries);
        var logprobs = harness.await().logprobs();
        for (int slot = 0; slot < COPIES; slot++) {
            int length = first + slot % (path.length - first);
            float[] row = RunnerHarness.row(logprobs.get(slot), vocab);
            assertThat(error(List.of(row), prompt, length)).isLessThan(TOLERANCE);
            harness.runner.release(slot);
        }
    }

    private static double error(List<float[]> rows, Fixture.Prompt prompt, int firstRow) {
        int vocab = rows.get(0).length;
        float[] actual = new float[rows.size() * vocab];
        double[] expected = new double[actual.length];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, actual, i * vocab, vocab);
            double[] row = prompt.logProbabilities(firstRow + 1 + i);
            System.arraycopy(row, 0, expected, i * vocab, vocab);
        }
        return GpuArrays.error(actual, expected);
    }
}
