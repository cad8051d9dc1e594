package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.scheduling.batch.StepPlan;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedTransferQueue;
import java.util.function.Consumer;

/**
 * Loads a rank that follows the leader, does what the leader does in the same order, and frees it.
 * A rank that fails says so to its group, and ends.
 */
final class RankThread implements AutoCloseable {
    /**
     * How long it looks for work without a pause: a parked thread would start the next step late.
     */
    private static final long SPIN_NS = 20_000_000;

    private static final int MAX_STEPS_IN_FLIGHT = 2;

    /** The leader has ended its step: this rank's ends at the same time, or never. */
    private static final long STEP_TIMEOUT_NS = 30_000_000_000L;

    /** Freeing tens of gigabytes takes a second. */
    private static final long JOIN_MS = 30_000;

    private final RankSeat seat;
    private final Thread thread;
    private final CompletableFuture<RankRunner> loaded = new CompletableFuture<>();

    /** Never longer than what a leader launches ahead, which is two steps. */
    private final LinkedTransferQueue<Consumer<RankRunner>> commands = new LinkedTransferQueue<>();

    private volatile boolean isClosing;
    private int inFlight;

    /** How a rank is loaded, by its thread. */
    interface Loader {
        RankRunner load(RankSeat seat) throws ModelLoadException;
    }

    RankThread(RankSeat seat, Loader loader) {
        this.seat = seat;
        this.thread = new Thread(() -> run(loader), "rank-" + seat.shard().rank());
        thread.setDaemon(true);
        thread.start();
    }

    /** The loaded rank, for what any thread may do; to be called when it is known to be loaded. */
    RankRunner runner() {
        return loaded.join();
    }

    /** To be done by the rank's thread, after all that was given to it before. */
    void post(Consumer<RankRunner> command) {
        commands.add(command);
    }

    /** Launches a step, when there is room for it. */
    void launch(StepPlan plan) {
        post(
                runner -> {
                    if (inFlight == MAX_STEPS_IN_FLIGHT) {
                        awaitOldest(runner);
                    }
                    runner.launch(plan);
                    inFlight++;
                });
    }

    private void awaitOldest(RankRunner runner) {
        try {
            if (runner.poll(STEP_TIMEOUT_NS).isEmpty()) {
                throw new CudaException(
                        thread.getName() + ": a step did not end (expected: with the leader's)");
            }
            inFlight--;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CudaException(thread.getName() + ": interrupted", e);
        }
    }

    private void run(Loader loader) {
        try (RankRunner runner = loader.load(seat)) {
            loaded.complete(runner);
            while (!isClosing) {
                next(commands).accept(runner);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(e);
        } catch (ModelLoadException | RuntimeException | Error e) {
            failed(e);
        }
    }

    private void failed(Throwable why) {
        seat.group().fail(why);
        loaded.completeExceptionally(why);
    }

    private static <T> T next(LinkedTransferQueue<T> queue) throws InterruptedException {
        long startNs = System.nanoTime();
        for (T item = queue.poll(); ; item = queue.poll()) {
            if (item != null) {
                return item;
            }
            if (System.nanoTime() - startNs >= SPIN_NS) {
                return queue.take();
            }
            Thread.onSpinWait();
        }
    }

    /** Ends the thread after what was posted; waits until its memory is freed. */
    @Override
    public void close() {
        post(runner -> isClosing = true);
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
