package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.Fixture;
import dev.tropical.engine.model.DType;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With {@code --dtype float32} each architecture continues each prompt as Hugging Face transformers
 * does in float32, token for token; the CPU engine's tests hold it to the same tokens.
 */
@Tag("gpu")
class Float32GpuTest {
    /** Of log probabilities, in the 2-norm: a few hundred roundings to 2^-24. */
    private static final double TOLERANCE = 2e-5;

    private static final int COPIES = 37;

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
    void shouldGiveTheTokensOfTransformers(String name) throws Exception {
        Fixture fixture = Fixture.load(name);
        try (RunnerHarness harness = new RunnerHarness(fixture.folder(), false, DType.F32)) {
            for (Fixture.Prompt prompt : fixture.prompts()) {
                for (int chunk : new int[] {1, 17, 512}) {
                    check(harness, prompt, chunk, fixture.config().vocabSize());
                }
                checkRagged(harness, prompt);
            }
        }
    }

    /** The prompt in chunks, then its own continuation through the graph. */
    private static void check(RunnerHarness harness, Fixture.Prompt prompt, int chunk, int vocab)
            throws Exception {
        SamplingParams sampling = RunnerHarness.withAllLogprobs(vocab);
        harness.bind(0, sampling, prompt.tokens());
        int length = prompt.tokens().length;
        List<Integer> tokens = new ArrayList<>();
        StepResult step = harness.prefill(0, prompt.tokens(), chunk);
        for (int i = 0; ; i++) {
            tokens.add(step.sampledTokenIds()[0]);
            float[] row = RunnerHarness.row(step.logprobs().get(0), vocab);
            double[] expected = prompt.logProbabilities(length + i);
            assertThat(GpuArrays.error(row, expected)).isLessThan(TOLERANCE);
            if (tokens.size() == prompt.greedy().length) {
                break;
            }
            harness.launch(RunnerHarness.continuation(0, length + i));
            step = harness.await();
        }
        harness.runner.release(0);
        assertThat(tokens)
                .containsExactlyElementsOf(Arrays.stream(prompt.greedy()).boxed().toList());
    }

    /** Sequences that are each one token further than the one before, in the same steps. */
    private static void checkRagged(RunnerHarness harness, Fixture.Prompt prompt) throws Exception {
        int[] path = prompt.path();
        int first = prompt.tokens().length;
        int[] starts = new int[COPIES];
        for (int slot = 0; slot < COPIES; slot++) {
            starts[slot] = first + slot % (path.length - first);
            harness.bind(slot, RunnerHarness.greedy().build(), prompt.tokens());
            harness.prefill(slot, Arrays.copyOf(path, starts[slot]), 64);
        }
        StepPlan.Entry[] entries = new StepPlan.Entry[COPIES];
        Arrays.setAll(entries, slot -> RunnerHarness.continuation(slot, starts[slot]));
        harness.launch(entries);
        int[] ids = harness.await().sampledTokenIds();
        for (int slot = 0; slot < COPIES; slot++) {
            assertThat(ids[slot]).isEqualTo(prompt.greedy()[starts[slot] - first + 1]);
            harness.runner.release(slot);
        }
    }
}
