package dev.tropical.bench.serve;

import dev.tropical.simulator.SimulatedRequest;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests at the instants of their plan, never waiting for an answer. One thread makes
 * bodies ready ahead of time, another sends; {@link #close} ends both.
 */
final class OpenLoop implements AutoCloseable {
    /** Bodies made ready: a second's at 60 requests/s, some 10 MB of long prompts. */
    private static final int AHEAD = 64;

    private static final long JOIN_MS = 5_000;

    /** Below this a thread sleeps too long: it spins. */
    private static final long SPIN_NS = 100_000;

    private record Ready(RequestProbe probe, byte[] body) {}

    private final LoadTarget target;
    private final List<RequestProbe> probes;
    private final PromptTokens prompts;
    private final RequestBody bodies;
    private final Consumer<Throwable> onFailure;
    private final BlockingQueue<Ready> ready = new ArrayBlockingQueue<>(AHEAD);
    private final Thread feeder = new Thread(this::feed, "bench-feeder");
    private final Thread sender = new Thread(this::send, "bench-sender");
    private volatile int sent;
    private volatile boolean isClosed;

    /**
     * @param probes by due instant
     * @param onFailure told when a thread broke: what it would have sent is not sent
     */
    OpenLoop(
            LoadTarget target,
            List<RequestProbe> probes,
            PromptTokens prompts,
            RequestBody bodies,
            Consumer<Throwable> onFailure) {
        this.target = target;
        this.probes = probes;
        this.prompts = prompts;
        this.bodies = bodies;
        this.onFailure = onFailure;
        feeder.setDaemon(true);
        sender.setDaemon(true);
    }

    void start() {
        feeder.start();
        sender.start();
    }

    /** Requests sent so far. */
    int sent() {
        return sent;
    }

    private void feed() {
        try {
            for (RequestProbe probe : probes) {
                SimulatedRequest request = probe.request();
                ready.put(new Ready(probe, bodies.of(request, prompts.of(request))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            onFailure.accept(e);
        }
    }

    private void send() {
        try {
            for (int i = 0; i < probes.size() && !isClosed; i++) {
                Ready next = take();
                if (next == null) {
                    return;
                }
                awaitDue(next.probe().dueNs());
                next.probe().sent(System.nanoTime());
                target.send(next.body(), next.probe());
                sent = i + 1;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            onFailure.accept(e);
        }
    }

    private @Nullable Ready take() throws InterruptedException {
        @Nullable Ready next = null;
        while (next == null && !isClosed) {
            next = ready.poll(1, TimeUnit.SECONDS);
        }
        return next;
    }

    private void awaitDue(long dueNs) throws InterruptedException {
        for (long leftNs = dueNs - System.nanoTime();
                leftNs > 0 && !isClosed;
                leftNs = dueNs - System.nanoTime()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (leftNs > SPIN_NS) {
                LockSupport.parkNanos(leftNs - SPIN_NS);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        isClosed = true;
        feeder.interrupt();
        sender.interrupt();
        try {
            feeder.join(JOIN_MS);
            sender.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
