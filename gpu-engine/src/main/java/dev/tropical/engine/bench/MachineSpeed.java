package dev.tropical.engine.bench;

import dev.tropical.engine.cpu.kernels.MachineLimits;
import java.util.concurrent.atomic.AtomicInteger;

/** What this machine's memory and multipliers give when nothing else is asked of them. */
final class MachineSpeed {
    /** Several times the last-level cache of any CPU, so that reads come from memory. */
    private static final int ARRAY_FLOATS = 1 << 28;

    private static final int PIECES = 256;

    private static final int MULTIPLY_ADD_ROUNDS = 20_000_000;

    private final int threads;
    private final float[] values = new float[ARRAY_FLOATS];

    /** Keeps results alive, so that no compiler drops the loops. */
    private volatile float sink;

    MachineSpeed(int threads) {
        this.threads = threads;
        for (int i = 0; i < values.length; i++) {
            values[i] = i & 1023;
        }
    }

    /** Bytes a second that all threads together read; in pieces, as the kernels share work. */
    double readBytesPerSecond() throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        double seconds = seconds(thread -> readPieces(next));
        return 4.0 * ARRAY_FLOATS / seconds;
    }

    private void readPieces(AtomicInteger next) {
        float sum = 0;
        for (int piece = next.getAndIncrement(); piece < PIECES; piece = next.getAndIncrement()) {
            int from = piece * (ARRAY_FLOATS / PIECES);
            sum += MachineLimits.read(values, from, from + ARRAY_FLOATS / PIECES);
        }
        sink = sum;
    }

    /** Multiply-adds a second of all threads together. */
    double multiplyAddsPerSecond() throws InterruptedException {
        double seconds = seconds(thread -> sink = MachineLimits.multiplyAdd(MULTIPLY_ADD_ROUNDS));
        double count = (double) MULTIPLY_ADD_ROUNDS * MachineLimits.multiplyAddsPerRound();
        return threads * count / seconds;
    }

    private interface Work {
        void run(int thread);
    }

    private double seconds(Work work) throws InterruptedException {
        Thread[] running = new Thread[threads];
        long startNs = System.nanoTime();
        for (int i = 0; i < threads; i++) {
            int thread = i;
            running[i] = new Thread(() -> work.run(thread), "bench-" + i);
            running[i].start();
        }
        for (Thread thread : running) {
            thread.join();
        }
        return (System.nanoTime() - startNs) / 1e9;
    }
}
