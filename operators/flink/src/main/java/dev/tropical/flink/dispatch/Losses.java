package dev.tropical.flink.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The attempts of a request that lost their engines. While such an engine may only be silent its id
 * stands beside the attempt: heard again as the same process, it strikes the loss off.
 */
final class Losses {
    private final Map<Integer, String> suspects = new TreeMap<>(); // attempts, to engines or ""
    private final List<String> others = new ArrayList<>(); // engines or ""; not kept

    /**
     * @param isSuspect whether the attempt may be what ended its engine
     * @param silentEngineId the engine, or nothing if it cannot come back as it was
     */
    void add(int attempt, boolean isSuspect, String silentEngineId) {
        if (isSuspect) {
            suspects.put(attempt, silentEngineId);
        } else {
            others.add(silentEngineId);
        }
    }

    /** Suspect attempts of which no more is known here. */
    void inherit(List<Integer> attempts) {
        attempts.forEach(attempt -> suspects.putIfAbsent(attempt, ""));
    }

    Set<Integer> suspectAttempts() {
        return suspects.keySet();
    }

    int count(boolean ofSuspects) {
        return ofSuspects ? suspects.size() : others.size();
    }

    /** An engine that still holds an attempt that counts as lost was only silent. */
    void regained(int silentAttempt) {
        suspects.remove(silentAttempt);
    }

    /**
     * The engine is back and had only been silent. Whatever has become of what it held, the request
     * did not end its process.
     *
     * @return whether a suspect attempt had counted as lost with it
     */
    boolean regainedAll(String silentEngineId) {
        others.removeIf(silentEngineId::equals);
        return suspects.values().removeIf(silentEngineId::equals);
    }

    /** The engine is another process now: what counted as lost with it stays lost. */
    void lostForGood(String deadEngineId) {
        suspects.replaceAll((attempt, engine) -> engine.equals(deadEngineId) ? "" : engine);
        others.replaceAll(engine -> engine.equals(deadEngineId) ? "" : engine);
    }
}
