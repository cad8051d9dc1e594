package dev.tropical.engine;

/** What runs the model. */
enum Device {
    CPU,
    CUDA,
    /** No model: made-up tokens at a fixed pace, for measuring everything else. */
    PACED,
    /**
     * As paced, but each token is a reading of the clock: for measuring how long a token is on its
     * way.
     */
    CLOCK;

    /** As the command line and the registry name it. */
    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
