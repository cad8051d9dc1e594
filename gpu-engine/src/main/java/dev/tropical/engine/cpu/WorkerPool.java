package dev.tropical.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the parts of a job on a fixed set of threads, the caller's among them.
 *
 * <p>A step has over a hundred jobs of 10 us to 10 ms, so idle workers spin a little before they
 * park, and the parts are handed out by one atomic counter. One thread at a time calls {@link
 * #run}; {@link #close} ends the workers.
 */
final class WorkerPool implements AutoCloseable {
    /** Longer than the gap between two jobs of a step, too short to matter to other processes. */
    private static final long SPIN_NS = 20_000;

    private static final long CLOSE_TIMEOUT_MS = 5_000;

    /** One part of a job. Parts may run in any order and at the same time. */
    interface Task {
        /**
         * @param part in {@code [0, parts)}
         * @param worker in {@code [0, size())}: which thread runs it, e.g. for its scratch memory
         */
        void run(int part, int worker);
    }

    private static final class Job {
        final Task task;
        final int parts;
        final AtomicInteger next = new AtomicInteger();
        final AtomicInteger done = new AtomicInteger();
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final Thread caller = Thread.currentThread();
        volatile boolean isAwaited;

        Job(int parts, Task task) {
            this.parts = parts;
            this.task = task;
        }

        void work(int worker) {
            for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
                try {
                    task.run(part, worker);
                } catch (Throwable e) {
                    // The caller of run rethrows it.
                    failure.compareAndSet(null, e);
                } finally {
                    if (done.incrementAndGet() == parts && isAwaited) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        }

        void awaitEnd() {
            long deadline = System.nanoTime() + SPIN_NS;
            while (done.get() < parts && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            // As in awaitOther: whoever finishes last sees isAwaited, or this thread sees done.
            isAwaited = true;
            while (done.get() < parts) {
                LockSupport.park(this);
            }
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private volatile boolean isParked;

        Worker(int index) {
            super("cpu-worker-" + index);
            this.index = index;
            setDaemon(true);
        }

        @Override
        public void run() {
            Job last = null;
            while (!isClosed) {
                Job job = awaitOther(last);
                if (job != null && job != last) {
                    job.work(index);
                    last = job;
                }
            }
        }

        private @Nullable Job awaitOther(@Nullable Job last) {
            long deadline = System.nanoTime() + SPIN_NS;
            while (current == last && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            // run() sets current and then reads isParked; here it is the other way round, so one of
            // the two sees the other's write.
            isParked = true;
            while (current == last && !isClosed) {
                LockSupport.park(WorkerPool.this);
            }
            isParked = false;
            return current;
        }
    }

    private final Worker[] workers;
    private volatile @Nullable Job current;
    private volatile boolean isClosed;

    /**
     * @param threads that compute, the caller's among them
     */
    WorkerPool(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /** Number of threads. */
    int size() {
        return workers.length + 1;
    }

    /** Runs all parts and returns when the last one is done; rethrows what one of them threw. */
    void run(int parts, Task task) {
        if (parts == 1 || workers.length == 0) {
            for (int part = 0; part < parts; part++) {
                task.run(part, 0);
            }
            return;
        }
        Job job = new Job(parts, task);
        current = job;
        for (Worker worker : workers) {
            if (worker.isParked) {
                LockSupport.unpark(worker);
            }
        }
        job.work(0);
        job.awaitEnd();
        Throwable failure = job.failure.get();
        if (failure != null) {
            throw new IllegalStateException("a worker failed: " + failure, failure);
        }
    }

    /** Cuts {@code [0, count)} into a few ranges a thread, so that a slow thread delays little. */
    void runRanges(int count, int rangesPerThread, RangeTask task) {
        int parts = Math.min(count, rangesPerThread * size());
        run(
                parts,
                (part, worker) ->
                        task.run(
                                (int) ((long) count * part / parts),
                                (int) ((long) count * (part + 1) / parts),
                                worker));
    }

    /** A range of a job's items. */
    interface RangeTask {
        void run(int from, int to, int worker);
    }

    @Override
    public void close() {
        isClosed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
        for (Worker worker : workers) {
            try {
                worker.join(CLOSE_TIMEOUT_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
