package dev.tropical.engine.loop;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Remembers each entry for the same time. Loop thread. */
final class ExpiringMap<K, V> {
    private record Entry<V>(V value, long expiresNs) {}

    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
    private final long keepNs;

    ExpiringMap(Duration keep) {
        this.keepNs = keep.toNanos();
    }

    void put(K key, V value, long nowNs) {
        entries.remove(key);
        entries.put(key, new Entry<>(value, nowNs + keepNs));
    }

    Optional<V> get(K key) {
        Entry<V> entry = entries.get(key);
        return entry == null ? Optional.empty() : Optional.of(entry.value());
    }

    boolean contains(K key) {
        return entries.containsKey(key);
    }

    void remove(K key) {
        entries.remove(key);
    }

    /** Forgets what is too old. Entries are in the order of their expiry. */
    void expire(long nowNs) {
        Iterator<Entry<V>> oldest = entries.values().iterator();
        while (oldest.hasNext() && oldest.next().expiresNs() - nowNs <= 0) {
            oldest.remove();
        }
    }
}
