package dev.tropical.engine.cuda;

import java.util.ArrayDeque;
import java.util.Deque;

/** What is freed together, the newest first; also what a constructor that fails has made so far. */
final class Owned implements AutoCloseable {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    DeviceBuffer device(long bytes) {
        return add(new DeviceBuffer(bytes));
    }

    /** Frees all; throws what the first failure threw, after the others are freed. */
    @Override
    public void close() {
        RuntimeException failure = null;
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            } catch (Exception e) {
                failure = failure == null ? new IllegalStateException(e) : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
