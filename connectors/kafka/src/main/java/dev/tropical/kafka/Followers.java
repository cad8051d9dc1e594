package dev.tropical.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Who follows which id; several may follow one. The dispatcher's thread. */
final class Followers {
    private final Map<String, List<Follower>> byId = new HashMap<>();

    void add(Follower follower) {
        byId.computeIfAbsent(follower.id, id -> new ArrayList<>(1)).add(follower);
    }

    boolean has(String id) {
        return byId.containsKey(id);
    }

    /** Those of an id; to be read at once. */
    List<Follower> of(String id) {
        return byId.getOrDefault(id, List.of());
    }

    /** Whether it was there. */
    boolean remove(Follower follower) {
        List<Follower> same = byId.get(follower.id);
        if (same == null || !same.remove(follower)) {
            return false;
        }
        if (same.isEmpty()) {
            byId.remove(follower.id);
        }
        return true;
    }

    /** Forgets those of an id that have been told everything. */
    void removeDone(String id) {
        List<Follower> same = byId.get(id);
        if (same != null && same.removeIf(Follower::isDone) && same.isEmpty()) {
            byId.remove(id);
        }
    }

    void removeIf(Predicate<Follower> condition) {
        for (Iterator<List<Follower>> all = byId.values().iterator(); all.hasNext(); ) {
            List<Follower> same = all.next();
            if (same.removeIf(condition) && same.isEmpty()) {
                all.remove();
            }
        }
    }
}
