package dev.tropical.engine.cuda;

/**
 * What a rank does where its part of a result meets the other ranks'. The owner of the stream
 * calls; every rank enqueues the same calls in the same order.
 */
interface Exchange extends AutoCloseable {
    /**
     * Adds the ranks' {@code norm.delta}, which is there, to the residual, and norms it.
     *
     * @param tokens that the delta has
     * @param count of output rows; {@code tokens} unless {@code norm.rows} names some
     */
    void addAndNorm(Stream stream, Kernels.Norm norm, int tokens, int count);

    /** Makes rows {@code [count]} of all logits of the rank's {@link Activations#ownLogits}. */
    void gatherLogits(Stream stream, int count);

    @Override
    void close();

    /** A model on one GPU: nothing to exchange. */
    static Exchange none(Kernels kernels) {
        return new Exchange() {
            @Override
            public void addAndNorm(Stream stream, Kernels.Norm norm, int tokens, int count) {
                kernels.rmsNorm(stream, norm, count);
            }

            @Override
            public void gatherLogits(Stream stream, int count) {
                // They are whole.
            }

            @Override
            public void close() {
                // Owns nothing.
            }
        };
    }
}
