package dev.tropical.engine.cuda;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Two ranks on two GPUs, each with a thread of its own, that do the same. */
final class RankPair implements AutoCloseable {
    static final int RANKS = 2;
    private static final int TIMEOUT_SECONDS = 120;

    private final RankGroup group = new RankGroup(RANKS, Duration.ofSeconds(60));
    private final List<ExecutorService> threads =
            List.of(Executors.newSingleThreadExecutor(), Executors.newSingleThreadExecutor());

    /** What a rank does. */
    interface Task<T> {
        T run(RankSeat seat) throws Exception;
    }

    /** Runs it on both ranks; what each gave. */
    <T> List<T> run(Task<T> task) throws Exception {
        List<Future<T>> running = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            RankSeat seat = new RankSeat(new Shard(rank, RANKS), group);
            Callable<T> call =
                    () -> {
                        try {
                            return task.run(seat);
                        } catch (Exception | Error e) {
                            group.fail(e);
                            throw e;
                        }
                    };
            running.add(threads.get(rank).submit(call));
        }
        List<T> results = new ArrayList<>();
        Throwable failure = null;
        for (Future<T> rank : running) {
            try {
                results.add(rank.get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                failure = failure == null ? e.getCause() : failure;
            }
        }
        if (failure != null) {
            throw new AssertionError(failure);
        }
        return results;
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdownNow);
    }
}
