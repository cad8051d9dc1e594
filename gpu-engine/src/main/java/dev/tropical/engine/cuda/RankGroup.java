package dev.tropical.engine.cuda;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads of a model's ranks meet while they load it. Each calls {@link #exchange} the
 * same number of times; a failure of one ends the waiting of all.
 */
final class RankGroup {
    private final int ranks;
    private final long timeoutNs;
    private List<@Nullable Object> round;
    private int arrived;
    private @Nullable Throwable failure;

    /**
     * @param timeout that the others may take to arrive
     */
    RankGroup(int ranks, Duration timeout) {
        this.ranks = ranks;
        this.timeoutNs = timeout.toNanos();
        this.round = emptyRound();
    }

    private List<@Nullable Object> emptyRound() {
        List<@Nullable Object> empty = new ArrayList<>();
        for (int i = 0; i < ranks; i++) {
            empty.add(null);
        }
        return empty;
    }

    /**
     * Waits for all ranks.
     *
     * @return what each of them gave, by rank
     * @throws CudaException when one has failed, or does not come in time
     */
    @SuppressWarnings("unchecked") // all ranks run the same code: a round is of one type
    synchronized <T> List<T> exchange(int rank, T own) {
        check();
        List<@Nullable Object> mine = round;
        if (mine.set(rank, own) != null) {
            throw new IllegalStateException(
                    "rank " + rank + " came twice (expected: once a round)");
        }
        if (++arrived == ranks) {
            arrived = 0;
            round = emptyRound();
            notifyAll();
        }
        try {
            awaitEndOf(mine);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(new CudaException("interrupted while ranks load", e));
        }
        check();
        return (List<T>) mine;
    }

    private synchronized void awaitEndOf(List<@Nullable Object> mine) throws InterruptedException {
        long startNs = System.nanoTime();
        while (mine == round && failure == null) {
            long leftNs = timeoutNs - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                fail(
                        new CudaException(
                                arrived
                                        + " of "
                                        + ranks
                                        + " ranks came within "
                                        + timeoutNs / 1_000_000
                                        + " ms (expected: all)"));
            } else {
                wait(leftNs / 1_000_000 + 1);
            }
        }
    }

    /**
     * Tells all ranks that one cannot go on.
     *
     * @return the first reason that was given
     */
    synchronized Throwable fail(Throwable why) {
        if (failure == null) {
            failure = why;
        }
        notifyAll();
        return failure;
    }

    /**
     * @throws CudaException when a rank has failed
     */
    synchronized void check() {
        if (failure != null) {
            throw new CudaException(String.valueOf(failure.getMessage()), failure);
        }
    }
}
