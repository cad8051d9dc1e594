package dev.tropical.flink.dispatch;

import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Engines behind a network that loses, repeats, delays and reorders what they say, loses what they
 * are told, and cuts them off; some die, some only fall silent and go on by themselves. Every draw
 * comes from the schedule's random numbers.
 */
final class LossyEngines {
    private record Late(String engineId, EngineEvent event) {}

    private final Random random;
    private final Map<String, FakeEngine> engines = new LinkedHashMap<>();
    private final Set<String> down = new HashSet<>(); // as the job sees it
    private final Set<String> dead = new HashSet<>(); // and really so
    private final List<Late> late = new ArrayList<>();
    private double faultRate; // of each message; up to a fifth, another in each schedule

    LossyEngines(Random random, FakeEngine.Model model, String... ids) {
        this.random = random;
        this.faultRate = random.nextDouble() / 5;
        for (String id : ids) {
            engines.put(id, new FakeEngine(id, model));
        }
    }

    Set<String> ids() {
        return engines.keySet();
    }

    List<String> up() {
        return engines.keySet().stream().filter(id -> !down.contains(id)).toList();
    }

    /**
     * From now on everything arrives.
     *
     * @return the engines that come back: all that went on by themselves, and some of the dead
     */
    List<String> calm() {
        faultRate = 0;
        return down.stream()
                .sorted()
                .filter(id -> !dead.contains(id) || random.nextBoolean())
                .toList();
    }

    void step() {
        for (FakeEngine engine : engines.values()) {
            if (!dead.contains(engine.id)) {
                engine.step();
            }
        }
    }

    /** Moves some sequence to another engine, as a migration does. */
    void moveOne() {
        FakeEngine from = any();
        FakeEngine to = any();
        List<SequenceKey> running = from.running();
        if (from != to && !running.isEmpty() && !dead.contains(to.id)) {
            from.move(running.get(random.nextInt(running.size())), to);
        }
    }

    /** An engine gives up a sequence that it holds. */
    void refuseOne() {
        FakeEngine engine = any();
        List<SequenceKey> running = engine.running();
        if (!running.isEmpty()) {
            SequenceKey key = running.get(random.nextInt(running.size()));
            engine.refuse(key, laneOf(key), RefusalCode.QUEUE_FULL);
        }
    }

    private static int laneOf(SequenceKey key) {
        return Lanes.of(key.getRequestId());
    }

    /** Some engine dies, or is only cut off and goes on by itself; one is always left. */
    void loseOne(Consumer<String> onLost) {
        FakeEngine engine = any();
        if (down.size() == engines.size() - 1 || !down.add(engine.id)) {
            return;
        }
        if (random.nextBoolean()) {
            dead.add(engine.id);
            engine.crash();
        }
        onLost.accept(engine.id);
    }

    /** Some engine dies unnoticed, for the job dies with it. */
    void killOne() {
        loseOne(
                id -> {
                    dead.add(id);
                    engine(id).crash();
                });
    }

    /** The first of those that are down comes back, empty when it had died. */
    void bringOneBack(Consumer<String> onUp) {
        down.stream().sorted().findFirst().ifPresent(id -> bringBack(id, onUp));
    }

    void bringBack(String id, Consumer<String> onUp) {
        dead.remove(id);
        down.remove(id);
        onUp.accept(id);
    }

    /** A command to an engine; a Submit may be lost with its connection. */
    void send(String engineId, EngineCommand command) {
        boolean isLost = command.hasSubmit() && isUnlucky();
        if (engines.containsKey(engineId) && !down.contains(engineId) && !isLost) {
            engine(engineId).handle(command);
        }
    }

    /** What waits, each event once, twice, later than those behind it, or not at all. */
    void deliver(Consumer<EngineEvents> lanes) {
        boolean isIdle = false;
        while (!isIdle) {
            isIdle = true;
            for (FakeEngine engine : engines.values()) {
                EngineEvent event = engine.outbox.poll();
                if (event != null) {
                    isIdle = false;
                    pass(engine.id, event, lanes);
                }
            }
        }
        deliverLate(lanes);
    }

    private void pass(String engineId, EngineEvent event, Consumer<EngineEvents> lanes) {
        if (down.contains(engineId)) {
            return;
        }
        if (event.hasInventory()) { // answers a Hello on the connection that brought it
            tell(engineId, event, lanes);
            return;
        }
        if (isUnlucky()) {
            late.add(new Late(engineId, event));
        } else if (!isUnlucky()) {
            tell(engineId, event, lanes);
        }
        if (isUnlucky()) {
            late.add(new Late(engineId, event));
        }
    }

    private void deliverLate(Consumer<EngineEvents> lanes) {
        for (Late each : List.copyOf(late)) {
            if (faultRate == 0 || random.nextInt(4) == 0) {
                late.remove(each);
                tell(each.engineId, each.event, lanes);
            }
        }
    }

    private boolean isUnlucky() {
        return random.nextDouble() < faultRate;
    }

    private void tell(String engineId, EngineEvent event, Consumer<EngineEvents> lanes) {
        lanes.accept(
                EngineEvents.newBuilder()
                        .setEngineId(engineId)
                        .setIncarnation(engine(engineId).incarnation())
                        .addEvents(event)
                        .build());
    }

    /** Everything that engines run and nobody may wait for any more. */
    List<String> running() {
        return engines.values().stream()
                .flatMap(engine -> engine.running().stream().map(key -> engine.id + " " + key))
                .toList();
    }

    private FakeEngine any() {
        return List.copyOf(engines.values()).get(random.nextInt(engines.size()));
    }

    private FakeEngine engine(String id) {
        FakeEngine engine = engines.get(id);
        if (engine == null) {
            throw new IllegalArgumentException("no engine " + id);
        }
        return engine;
    }

    /** What a seeded engine says; the same for the same sequence and offset. */
    static int seededWord(Submit submit, int offset) {
        return seededWord(submit.getKey().getRequestId(), offset);
    }

    static int seededWord(String requestId, int offset) {
        return Math.floorMod(31 * requestId.hashCode() + 7 * offset * offset, 3);
    }
}
