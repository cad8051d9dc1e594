package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import java.util.Arrays;
import java.util.function.Function;

/** A transformer with its pool; computes logits for whole sequences, cut into slices at will. */
final class ForwardHarness implements AutoCloseable {
    private static final int BLOCK_SIZE = 4;
    private static final int MAX_LEN = 1024;

    private final ModelConfig config;
    private final WorkerPool workers;
    private final Transformer transformer;
    private final int blocksPerSequence = MAX_LEN / BLOCK_SIZE;

    ForwardHarness(
            ModelConfig config,
            Function<WorkerPool, WeightSource> source,
            int threads,
            int maxSequences)
            throws ModelLoadException {
        this.config = config;
        this.workers = new WorkerPool(threads);
        KvPool pool = new KvPool(config, blocksPerSequence * maxSequences, BLOCK_SIZE);
        ModelWeights weights = ModelWeights.load(config, source.apply(workers));
        this.transformer = new Transformer(config, weights, pool, workers, 512, MAX_LEN);
    }

    /** Logits [tokens][vocabSize] of one sequence, computed in chunks. */
    float[][] logits(int[] tokens, int chunk) {
        float[][] logits = new float[tokens.length][];
        for (int start = 0; start < tokens.length; start += chunk) {
            Slice slice = new Slice(512);
            int end = Math.min(tokens.length, start + chunk);
            for (int i = start; i < end; i++) {
                slice.add(tokens[i], i, blockTable(0));
                slice.sampleLast(i);
            }
            run(slice, logits);
        }
        return logits;
    }

    /** Logits of each sequence's last token, all in the same slices, token by token. */
    float[][] lastLogits(int[][] sequences) {
        float[][] logits = new float[sequences.length][];
        for (int i = 0; i < sequences[0].length; i++) {
            Slice slice = new Slice(512);
            for (int sequence = 0; sequence < sequences.length; sequence++) {
                slice.add(sequences[sequence][i], i, blockTable(sequence));
                slice.sampleLast(sequence);
            }
            run(slice, logits);
        }
        return logits;
    }

    private void run(Slice slice, float[][] logits) {
        transformer.forward(slice);
        for (int from = 0; from < slice.sampledCount; from += transformer.logitRows()) {
            int to = Math.min(slice.sampledCount, from + transformer.logitRows());
            float[] rows = transformer.logits(slice, from, to);
            for (int i = from; i < to; i++) {
                int at = (i - from) * transformer.logitsStride();
                logits[slice.sampledEntries[i]] =
                        Arrays.copyOfRange(rows, at, at + config.vocabSize());
            }
        }
    }

    /** Blocks in descending order, so that none is where a flat cache would have it. */
    private int[] blockTable(int sequence) {
        int[] table = new int[blocksPerSequence];
        Arrays.setAll(table, i -> (sequence + 1) * blocksPerSequence - 1 - i);
        return table;
    }

    @Override
    public void close() {
        workers.close();
    }
}
