package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineListener;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Engines of a test for one subtask: events are told on the caller's thread. */
final class FakeEnvironment implements DispatchEnvironment {
    /** What the subtasks of a test share; found by name, for a factory is serialized. */
    static final class World {
        final Map<String, FakeEngine> engines = new ConcurrentHashMap<>();
        final List<FakeEnvironment> opened = new ArrayList<>();
        final List<CompletionRecord> seenByReaders = new ArrayList<>();
        long endOffset = 1;
    }

    private static final Map<String, World> WORLDS = new ConcurrentHashMap<>();

    final List<EmittedOffsets> restoredFrom = new ArrayList<>();
    boolean isClosed;
    private final Set<Integer> lanes = new HashSet<>(); // that said Hello from here
    private final World world;
    private final EngineListener listener;

    private FakeEnvironment(World world, EngineListener listener) {
        this.world = world;
        this.listener = listener;
    }

    static World world(String name) {
        return WORLDS.computeIfAbsent(name, any -> new World());
    }

    static Factory factory(String name) {
        return (clientName, listener) -> {
            FakeEnvironment environment = new FakeEnvironment(world(name), listener);
            world(name).opened.add(environment);
            return environment;
        };
    }

    /** Tells the operator that all engines are up. */
    void bringUp() {
        world.engines
                .keySet()
                .forEach(id -> listener.onUp(EngineInfo.newBuilder().setEngineId(id).build()));
    }

    /** Tells the operator what engines have to say to its lanes; true when there was anything. */
    boolean tellEvents() {
        boolean isAny = false;
        for (FakeEngine engine : world.engines.values()) {
            EngineEvent event = engine.outbox.peek();
            if (event != null && lanes.contains(FakeEngine.lane(event))) {
                isAny = true;
                engine.outbox.remove();
                listener.onEvents(
                        EngineEvents.newBuilder().setEngineId(engine.id).addEvents(event).build());
            }
        }
        return isAny;
    }

    @Override
    public TextSource texts() {
        return new LetterTexts();
    }

    @Override
    public boolean send(String engineId, EngineCommand command) {
        FakeEngine engine = world.engines.get(engineId);
        if (engine == null) {
            return false;
        }
        lanes.addAll(command.getHello().getLanesList());
        engine.handle(command);
        return true;
    }

    @Override
    public Optional<Set<String>> registeredEngines() {
        return Optional.of(world.engines.keySet());
    }

    @Override
    public EmittedOffsets emittedOffsets() {
        return EmittedOffsets.newBuilder().putEndOffset(0, world.endOffset).build();
    }

    @Override
    public Emitted readEmitted(List<EmittedOffsets> since, Set<Integer> lanes) {
        restoredFrom.addAll(since);
        Emitted emitted = new Emitted();
        world.seenByReaders.stream()
                .filter(record -> lanes.contains(Lanes.of(record.id())))
                .forEach(emitted::add);
        return emitted;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
