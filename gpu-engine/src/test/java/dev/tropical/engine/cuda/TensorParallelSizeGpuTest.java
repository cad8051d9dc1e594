package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.Rope;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * InternLM2.5-20B's sizes at 8 of its 48 layers: random weights, the same on one GPU and on two.
 */
@Tag("gpu")
class TensorParallelSizeGpuTest {
    private static final int LAYERS = 8;
    private static final int VOCAB = 92544;
    private static final int TOP = 1000;
    private static final int LENGTH = 700;
    private static final int SEQUENCES = 37;
    private static final int BLOCK = 16;
    private static final int BLOCKS_OF_SLOT = 64;

    /**
     * Of log probabilities: both round activations to bf16 a few dozen times, at other places of
     * the sums.
     */
    private static final double TOLERANCE = 2e-3;

    private static final ModelConfig CONFIG =
            new ModelConfig(
                    Architecture.INTERNLM2,
                    6144,
                    16384,
                    LAYERS,
                    48,
                    8,
                    128,
                    VOCAB,
                    32768,
                    1e-5f,
                    new Rope(1e6, null),
                    Collections.nCopies(LAYERS, 0),
                    false,
                    new ModelConfig.Biases(false, false, false),
                    false,
                    DType.BF16,
                    List.of());

    private static ModelRunner load(int ranks) throws Exception {
        int blocks = SEQUENCES * BLOCKS_OF_SLOT;
        RunnerOptions limits =
                new RunnerOptions(LoadFormat.DUMMY, 1024, BLOCK, blocks, 0, 0.9, SEQUENCES, 1024);
        return CudaBackend.loadDummy(
                CONFIG, new CudaOptions(limits, DType.BF16, 0, ranks, GpuTests.KERNELS));
    }

    /** A prefill of many tokens, whose sums NCCL makes, and 37 ragged decodes through the graph. */
    @Test
    void shouldAgreeWithOneGpu() throws Exception {
        List<Map<Integer, Float>> alone = run(1);
        List<Map<Integer, Float>> shared = run(2);
        assertThat(shared).hasSameSizeAs(alone).hasSize(SEQUENCES + 1);
        double largest = 0;
        for (int i = 0; i < alone.size(); i++) {
            largest = Math.max(largest, error(shared.get(i), alone.get(i)));
        }
        System.out.printf("two GPUs against one, %d rows: error %.2e%n", alone.size(), largest);
        assertThat(largest).isLessThan(TOLERANCE);
    }

    private static List<Map<Integer, Float>> run(int ranks) throws Exception {
        Random random = new Random(11);
        List<Map<Integer, Float>> rows = new ArrayList<>();
        try (ModelRunner runner = load(ranks)) {
            int[] prompt = random.ints(LENGTH, 0, VOCAB).toArray();
            List<StepPlan.Entry> decodes = new ArrayList<>();
            for (int slot = 0; slot < SEQUENCES; slot++) {
                int length = LENGTH - slot;
                int[] own = java.util.Arrays.copyOf(prompt, length);
                runner.bind(slot, RunnerHarness.withAllLogprobs(VOCAB), own, new int[0]);
                StepResult first = step(runner, List.of(entry(slot, own, 0)));
                if (slot == 0) {
                    rows.add(row(first.logprobs().get(0)));
                }
                decodes.add(entry(slot, new int[] {random.nextInt(VOCAB)}, length));
            }
            for (TokenLogprobs logprobs : step(runner, decodes).logprobs()) {
                rows.add(row(logprobs));
            }
        }
        return rows;
    }

    private static StepPlan.Entry entry(int slot, int[] tokens, int start) {
        int[] blocks = IntStream.range(0, BLOCKS_OF_SLOT).map(i -> i * SEQUENCES + slot).toArray();
        return new StepPlan.Entry(slot, tokens, false, start, tokens.length, blocks, true);
    }

    private static StepResult step(ModelRunner runner, List<StepPlan.Entry> entries)
            throws Exception {
        runner.launch(new StepPlan(1, entries));
        return runner.poll(60_000_000_000L).orElseThrow();
    }

    private static Map<Integer, Float> row(TokenLogprobs logprobs) {
        Map<Integer, Float> row = new HashMap<>();
        for (int i = 0; i < TOP; i++) {
            row.put(logprobs.getTopTokenIds(i), logprobs.getTopLogprobs(i));
        }
        return row;
    }

    /** Over the tokens that both list among their likeliest; nearly all. */
    private static double error(Map<Integer, Float> actual, Map<Integer, Float> expected) {
        List<Integer> ids = expected.keySet().stream().filter(actual::containsKey).toList();
        assertThat(ids.size()).isGreaterThan(TOP * 8 / 10);
        float[] own = new float[ids.size()];
        double[] other = new double[ids.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = actual.get(ids.get(i));
            other[i] = expected.get(ids.get(i));
        }
        return GpuArrays.error(own, other);
    }
}
