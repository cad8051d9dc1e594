package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkerPoolTest {
    @Test
    void shouldRunEachPartOnceInEveryJob() {
        try (WorkerPool pool = new WorkerPool(4)) {
            for (int job = 0; job < 5_000; job++) {
                int parts = 1 + job % 9;
                AtomicIntegerArray runs = new AtomicIntegerArray(parts);
                pool.run(parts, (part, worker) -> runs.incrementAndGet(part));
                for (int part = 0; part < parts; part++) {
                    assertThat(runs.get(part)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void shouldUseAllThreadsAtOnce() {
        try (WorkerPool pool = new WorkerPool(3)) {
            CyclicBarrier barrier = new CyclicBarrier(3);
            AtomicIntegerArray runs = new AtomicIntegerArray(pool.size());
            pool.run(
                    3,
                    (part, worker) -> {
                        await(barrier);
                        runs.incrementAndGet(worker);
                    });
            assertThat(runs.toString()).isEqualTo("[1, 1, 1]");
        }
    }

    @Test
    void shouldCoverARangeWithoutGapOrOverlap() {
        try (WorkerPool pool = new WorkerPool(2)) {
            for (int count : new int[] {1, 7, 16, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(count);
                pool.runRanges(
                        count,
                        4,
                        (from, to, worker) -> {
                            for (int i = from; i < to; i++) {
                                runs.incrementAndGet(i);
                            }
                        });
                for (int i = 0; i < count; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void shouldRethrowWhatAPartThrewAndGoOn() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThatThrownBy(
                            () ->
                                    pool.run(
                                            8,
                                            (part, worker) -> {
                                                if (part == 5) {
                                                    throw new ArithmeticException("part five");
                                                }
                                            }))
                    .hasRootCauseMessage("part five");
            pool.run(8, (part, worker) -> {});
        }
    }

    @Test
    void shouldEndItsThreads() {
        WorkerPool pool = new WorkerPool(3);
        Thread[] worker = new Thread[1];
        CyclicBarrier barrier = new CyclicBarrier(3);
        pool.run(
                3,
                (part, index) -> {
                    await(barrier);
                    if (index == 1) {
                        worker[0] = Thread.currentThread();
                    }
                });
        pool.close();
        assertThat(worker[0].isAlive()).isFalse();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("not all threads came", e);
        }
    }
}
