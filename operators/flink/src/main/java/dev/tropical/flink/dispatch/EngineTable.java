package dev.tropical.flink.dispatch;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the lanes know of each engine's connection. */
final class EngineTable {
    /** An engine's connection; LOST may become EXPECTED again. */
    enum Phase {
        /** Registered, not heard of yet. */
        EXPECTED,
        /** Up and sent a Hello; its inventory has not come. */
        GREETED,
        /** Its inventory has been adopted: it may be given work. */
        READY,
        LOST
    }

    private final Map<String, Phase> phases = new LinkedHashMap<>();
    private final Map<String, Long> greetedAtMs = new HashMap<>();
    private final Map<String, String> incarnations = new HashMap<>();

    void set(String engineId, Phase phase) {
        phases.put(engineId, phase);
    }

    void greeted(String engineId, long nowMs) {
        phases.put(engineId, Phase.GREETED);
        greetedAtMs.put(engineId, nowMs);
    }

    /** Engines whose answer to a Hello is overdue. */
    Set<String> unanswered(long nowMs, long ms) {
        return phases.entrySet().stream()
                .filter(e -> e.getValue() == Phase.GREETED)
                .map(Map.Entry::getKey)
                .filter(engine -> nowMs - greetedAtMs.getOrDefault(engine, nowMs) >= ms)
                .collect(Collectors.toSet());
    }

    /**
     * Notes which process of the engine has been heard of.
     *
     * @return whether it is the one that was known: then it has not died in between
     */
    boolean isSameProcess(String engineId, String incarnation) {
        return incarnation.equals(incarnations.put(engineId, incarnation));
    }

    void expect(String engineId) {
        phases.putIfAbsent(engineId, Phase.EXPECTED);
    }

    boolean isReady(String engineId) {
        return phases.get(engineId) == Phase.READY;
    }

    boolean isLost(String engineId) {
        return phases.get(engineId) == Phase.LOST;
    }

    /** Whether events of the engine are of this run: it has been sent a Hello. */
    boolean isGreeted(String engineId) {
        Phase phase = phases.get(engineId);
        return phase == Phase.GREETED || phase == Phase.READY;
    }

    /** Whether every engine that is known has answered or is lost. */
    boolean haveAllAnswered() {
        return phases.values().stream().allMatch(p -> p == Phase.READY || p == Phase.LOST);
    }

    /** Those that have not answered, for the log. */
    Set<String> silent() {
        return phases.entrySet().stream()
                .filter(e -> e.getValue() == Phase.EXPECTED || e.getValue() == Phase.GREETED)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Engines that commands may reach. */
    Set<String> reachable() {
        return phases.entrySet().stream()
                .filter(e -> e.getValue() == Phase.GREETED || e.getValue() == Phase.READY)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
