package dev.tropical.engine.cuda;

import org.jspecify.annotations.Nullable;

/**
 * Forward passes on one stream: those of single tokens as graphs, one for each bucket, all recorded
 * at the start; those with prompt chunks launched kernel by kernel.
 */
final class Passes implements AutoCloseable {
    private final GpuTransformer transformer;
    private final Stream stream;
    private final Owned owned = new Owned();

    /** [tokens] */
    private final @Nullable StepGraph[] graphs;

    Passes(GpuTransformer transformer, Stream stream, int maxSequences) {
        this.transformer = transformer;
        this.stream = stream;
        this.graphs = new StepGraph[maxSequences + 1];
    }

    /** Tunes the products and records the graphs. The input buffer must hold padding only. */
    void record(GemmTuner tuner) {
        for (int count = 1; count < graphs.length; count = Buckets.of(count + 1)) {
            StepInput.Counts counts = new StepInput.Counts(count, count, 0, count);
            transformer.forward(stream, counts);
            transformer.tune(tuner, count);
            graphs[count] =
                    owned.add(new StepGraph(stream, () -> transformer.forward(stream, counts)));
        }
    }

    void run(StepInput.Counts counts) {
        StepGraph graph = counts.tiles() == 0 ? graphs[counts.tokens()] : null;
        if (graph != null) {
            graph.launch(stream);
        } else {
            transformer.forward(stream, counts);
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
