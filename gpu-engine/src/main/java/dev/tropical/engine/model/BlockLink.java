package dev.tropical.engine.model;

/**
 * One end of a link between two devices, on which whole blocks go one way. What is asked for is
 * done in its order, beside the steps, and must be asked for alike at both ends. Nothing here waits
 * but {@link #close}. Loop thread.
 */
public interface BlockLink extends AutoCloseable {
    /** Blocks that go together at most. */
    int MAX_BLOCKS = 256;

    enum State {
        /** Has not met the other end yet. */
        OPENING,
        OPEN,
        /** To be closed: nothing more will be done. */
        BROKEN
    }

    /** Goes on with what was asked for, and looks at what is done. */
    State turn();

    /**
     * Sends blocks of the pool, which hold what they shall hold.
     *
     * @param blocks ids, at most {@link #MAX_BLOCKS}
     * @return the number that {@link #done} reaches when it is done, never less than one before
     */
    long send(int[] blocks);

    /**
     * Receives into blocks of the pool; otherwise as {@link #send}.
     *
     * @param from ids in the sender's pool
     * @param into as many ids in this one
     */
    long receive(int[] from, int[] into);

    /** Receives {@code count} blocks that nobody wants; otherwise as {@link #send}. */
    long discard(int count);

    /** The largest number of what is done, 0 = nothing. */
    long done();

    /**
     * Gives up what is not done, so that no block is read or written any more; frees the end. Does
     * not fail because the other end is gone.
     */
    @Override
    void close();
}
