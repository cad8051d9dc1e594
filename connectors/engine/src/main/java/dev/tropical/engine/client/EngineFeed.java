package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.RouteInput;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * From the client's I/O thread to the source's task: memberships in order, and of each engine only
 * the newest status, so that a slow task finds the present and not a backlog. Bounded by the number
 * of engines, but for memberships, which are rare.
 */
final class EngineFeed implements EngineListener {
    private final Queue<RouteInput> memberships = new ArrayDeque<>();
    private final Map<String, RouteInput> statuses = new LinkedHashMap<>();
    private CompletableFuture<Void> available = new CompletableFuture<>();
    private @Nullable RuntimeException failure;

    /**
     * The next input, or null. A membership goes before any status, so that a status follows the
     * membership of its engine.
     *
     * @throws IllegalStateException when the client has failed
     */
    synchronized @Nullable RouteInput poll() {
        if (failure != null) {
            throw new IllegalStateException("the engines cannot be followed any more", failure);
        }
        RouteInput next = memberships.poll();
        if (next == null && !statuses.isEmpty()) {
            String oldest = statuses.keySet().iterator().next();
            next = statuses.remove(oldest);
        }
        return next;
    }

    /** Completed when {@link #poll} has something to give or to throw. */
    synchronized CompletableFuture<Void> available() {
        boolean isEmpty = memberships.isEmpty() && statuses.isEmpty() && failure == null;
        if (isEmpty && available.isDone()) {
            available = new CompletableFuture<>();
        }
        return available;
    }

    synchronized void removed(EngineInfo engine) {
        statuses.remove(engine.getEngineId());
        memberships.add(membership(engine, true));
        available.complete(null);
    }

    @Override
    public synchronized void onUp(EngineInfo engine) {
        memberships.add(membership(engine, false));
        available.complete(null);
    }

    @Override
    public synchronized void onStatus(EngineStatus status) {
        statuses.put(
                status.getEngineId(),
                RouteInput.newBuilder().setCell(status.getCell()).setStatus(status).build());
        available.complete(null);
    }

    @Override
    public void onLost(EngineInfo engine, String reason) {
        removed(engine);
    }

    /** None come: this client says Hello for no lane. */
    @Override
    public void onEvents(EngineEvents events) {}

    @Override
    public synchronized void onFailure(RuntimeException cause) {
        failure = cause;
        available.complete(null);
    }

    private static RouteInput membership(EngineInfo engine, boolean isRemoved) {
        return RouteInput.newBuilder()
                .setCell(engine.getCell())
                .setMembership(
                        Membership.newBuilder()
                                .setCell(engine.getCell())
                                .setEngine(engine)
                                .setRemoved(isRemoved))
                .build();
    }
}
