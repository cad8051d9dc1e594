package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A directory in memory. */
final class FakeDirectory implements EngineDirectory {
    private final List<Listener> listeners = new ArrayList<>();
    private RegistrySnapshot snapshot = RegistrySnapshot.EMPTY;

    synchronized void set(EngineInfo... engines) {
        Map<String, EngineInfo> byId = new HashMap<>();
        for (EngineInfo engine : engines) {
            byId.put(engine.getEngineId(), engine);
        }
        snapshot = new RegistrySnapshot(snapshot.version() + 1, byId);
        listeners.forEach(l -> l.onChange(snapshot));
    }

    synchronized void fail(RuntimeException failure) {
        listeners.forEach(l -> l.onFailure(failure));
    }

    synchronized int subscribers() {
        return listeners.size();
    }

    @Override
    public synchronized RegistrySnapshot snapshot() {
        return snapshot;
    }

    @Override
    public synchronized Subscription subscribe(Listener listener) {
        listeners.add(listener);
        listener.onChange(snapshot);
        return () -> remove(listener);
    }

    private synchronized void remove(Listener listener) {
        listeners.remove(listener);
    }
}
