package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelSpec;

/**
 * Runs the model on made-up tokens until its loops are compiled: interpreted, the Vector API is
 * some hundred times slower, and the first requests would wait seconds. Runs before the first
 * sequence is bound, in blocks that nobody reads.
 */
final class WarmUp {
    /** Loops compile within 0.5 s on an idle machine; a busy one starts a little slow instead. */
    private static final long LIMIT_NS = 1_500_000_000L;

    private static final int ROUNDS = 20;

    /** Tokens of a step, so that each width of tile comes up. */
    private static final int[] STEP_TOKENS = {1, 3, 8, 17};

    private WarmUp() {}

    static void run(Transformer transformer, ModelSpec spec) {
        long startNs = System.nanoTime();
        int room = Math.min(spec.maxStepTokens(), spec.maxModelLen());
        int[] blockTable = new int[(room + spec.blockSize() - 1) / spec.blockSize()];
        Slice slice = new Slice(Math.min(room, Transformer.MAX_SLICE_TOKENS));
        for (int round = 0; round < ROUNDS; round++) {
            for (int tokens : STEP_TOKENS) {
                if (System.nanoTime() - startNs > LIMIT_NS) {
                    return;
                }
                slice.clear();
                for (int position = 0; position < Math.min(tokens, slice.capacity()); position++) {
                    slice.add(0, position, blockTable);
                }
                slice.sampleLast(0);
                transformer.forward(slice);
                transformer.logits(slice, 0, 1);
            }
        }
    }
}
