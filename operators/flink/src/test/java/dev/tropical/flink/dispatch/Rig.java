package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RequestError;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lanes with everything round them in the test's hands: clock, engines, state, output. */
final class Rig implements LaneOutput, LaneState {
    /** Of what is dispatched from now on. */
    DecodePlacement placement = DecodePlacement.DECODE_HERE;

    static final long EPOCH = 7;

    final ManualClock clock = new ManualClock();
    final List<CompletionRecord> records = new ArrayList<>();
    final List<Retry> retries = new ArrayList<>();
    final List<EngineCommand> commands = new ArrayList<>();
    final Map<String, FakeEngine> engines = new LinkedHashMap<>();
    private final Set<String> silent = new HashSet<>(); // alive, and nothing reaches them
    final Map<String, InFlight> state = new LinkedHashMap<>();
    private final Map<Integer, IdMemory> ended = new LinkedHashMap<>();
    private final LetterTexts texts = new LetterTexts();
    private long epoch = EPOCH;
    LaneTable lanes;

    Rig() {
        lanes = open(new Emitted());
    }

    /** Lanes that have settled with these engines, each of which says the text's letters. */
    static Rig with(String text, String... engineIds) {
        Rig rig = new Rig();
        int[] tokens = LetterTexts.tokens(text);
        for (String id : engineIds) {
            rig.engines.put(id, new FakeEngine(id, (submit, offset) -> tokens[offset]));
        }
        rig.settle();
        return rig;
    }

    /** Registry read, all engines up and their inventories adopted. */
    void settle() {
        lanes.onRegistry(engines.keySet());
        engines.keySet().forEach(lanes::onUp);
        deliver();
    }

    /** Ends this run and begins the next one from the state as the last snapshot wrote it. */
    void restart(Emitted emitted) {
        epoch++;
        lanes = open(emitted);
        ended.forEach(lanes::restoreEnded);
        state.values().forEach(lanes::restore);
        emitted.ended().forEach(id -> lanes.assumeEnded(Lanes.of(id), id));
    }

    /** Whether the state as the last snapshot wrote it knows that the id has ended. */
    boolean isEndedInState(String id) {
        IdMemory memory = ended.get(Lanes.of(id));
        return memory != null && memory.find(id) != null;
    }

    private LaneTable open(Emitted emitted) {
        Set<Integer> all = IntStream.range(0, Lanes.COUNT).boxed().collect(Collectors.toSet());
        return new LaneTable(new Run(all, epoch, emitted, 64), texts, this, clock);
    }

    /** The engine counts as lost, though it goes on; commands do not reach it. */
    void silence(String engineId) {
        silent.add(engineId);
        lanes.onLost(engineId, "no status for 1000 ms");
    }

    /** It is heard of again. */
    void bringBack(String engineId) {
        silent.remove(engineId);
        lanes.onUp(engineId);
        deliver();
    }

    FakeEngine engine(String id) {
        FakeEngine engine = engines.get(id);
        if (engine == null) {
            throw new IllegalArgumentException("no engine " + id);
        }
        return engine;
    }

    /** A step of every engine, and its events to the lanes. */
    void step() {
        engines.values().forEach(FakeEngine::step);
        deliver();
    }

    /** All waiting events to the lanes, until none comes any more. */
    void deliver() {
        boolean isIdle = false;
        while (!isIdle) {
            isIdle = true;
            for (FakeEngine engine : engines.values()) {
                EngineEvent event = engine.outbox.poll();
                if (event != null) {
                    isIdle = false;
                    deliver(engine.id, event);
                }
            }
        }
    }

    void deliver(String engineId, EngineEvent event) {
        lanes.onEvents(
                EngineEvents.newBuilder()
                        .setEngineId(engineId)
                        .setIncarnation(engine(engineId).incarnation())
                        .addEvents(event)
                        .build());
    }

    void dispatch(AdmittedRequest request, String engineId) {
        dispatch(request, 0, engineId);
    }

    void dispatch(AdmittedRequest request, int attempt, String engineId) {
        lanes.onInput(
                LaneInput.newBuilder()
                        .setLane(request.getLane())
                        .setDispatch(
                                Dispatch.newBuilder()
                                        .setRequest(request)
                                        .setAttempt(attempt)
                                        .setEngineId(engineId)
                                        .setSeq(1)
                                        .setPlacement(placement))
                        .build());
    }

    /** The router's answer to a retry. */
    void dispatch(Retry retry, String engineId) {
        lanes.onInput(
                LaneInput.newBuilder()
                        .setLane(retry.getRequest().getLane())
                        .setDispatch(
                                Dispatch.newBuilder()
                                        .setRequest(retry.getRequest())
                                        .setAttempt(retry.getAttempt())
                                        .setEngineId(engineId)
                                        .setSeq(1)
                                        .setPlacement(placement)
                                        .addAllProgress(retry.getProgressList())
                                        .setFirstTokenAtMs(retry.getFirstTokenAtMs())
                                        .addAllLostAttempts(retry.getLostAttemptsList()))
                        .build());
    }

    /** The router's answer to a retry that no engine of its cell can serve. */
    void handOver(Retry retry, int toCell, int count) {
        lanes.onInput(
                LaneInput.newBuilder()
                        .setLane(retry.getRequest().getLane())
                        .setDispatch(
                                Dispatch.newBuilder()
                                        .setRequest(retry.getRequest().toBuilder().setCell(toCell))
                                        .setAttempt(retry.getAttempt())
                                        .setHandOvers(count)
                                        .addAllProgress(retry.getProgressList()))
                        .build());
    }

    void cancel(String id) {
        lanes.onInput(
                LaneInput.newBuilder()
                        .setLane(Lanes.of(id))
                        .setCancel(CancelRequest.newBuilder().setId(id).setLane(Lanes.of(id)))
                        .build());
    }

    void error(String id, String code, boolean isTerminal) {
        error(id, code, isTerminal, 0);
    }

    /** The router's rejection of an attempt. */
    void error(String id, String code, int attempt) {
        error(id, code, true, attempt);
    }

    private void error(String id, String code, boolean isTerminal, int attempt) {
        lanes.onInput(
                LaneInput.newBuilder()
                        .setLane(Lanes.of(id))
                        .setError(
                                RequestError.newBuilder()
                                        .setId(id)
                                        .setLane(Lanes.of(id))
                                        .setAttempt(attempt)
                                        .setCode(code)
                                        .setMessage(code)
                                        .setTerminal(isTerminal))
                        .build());
    }

    void snapshot(long checkpointId) {
        try {
            lanes.snapshot(checkpointId, this);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what was said -----------------------------------------------------------------------

    static AdmittedRequest.Builder request(String id, int maxTokens) {
        return AdmittedRequest.newBuilder()
                .setId(id)
                .setLane(Lanes.of(id))
                .setModel("letters")
                .addAllPromptTokenIds(List.of(15, 16)) // "pq"
                .setSampling(
                        SamplingParams.newBuilder()
                                .setSeed(1)
                                .setMaxTokens(maxTokens)
                                .setLogprobs(-1))
                .setN(1)
                .setArrivedAtMs(999_000);
    }

    static SequenceKey key(String id, int choice, int attempt) {
        return SequenceKey.newBuilder()
                .setRequestId(id)
                .setChoice(choice)
                .setAttempt(attempt)
                .build();
    }

    String text(String id, int choice) {
        return chunks().stream()
                .filter(chunk -> chunk.id().equals(id) && chunk.choice() == choice)
                .map(chunk -> chunk.text().value())
                .collect(Collectors.joining());
    }

    /** The chunks among the records, of all requests. */
    List<Chunk> chunks() {
        return only(Chunk.class).toList();
    }

    List<Ending> endings(String id) {
        return only(Ending.class).filter(ending -> ending.id().equals(id)).toList();
    }

    private <T extends CompletionRecord> Stream<T> only(Class<T> kind) {
        return records.stream().filter(kind::isInstance).map(kind::cast);
    }

    List<String> finishes(String id) {
        List<String> reasons = new ArrayList<>();
        for (Chunk chunk : chunks()) {
            if (chunk.id().equals(id) && chunk.finish() != null) {
                reasons.add(chunk.finish().reason());
            }
        }
        return reasons;
    }

    // ---- where the lanes' words go -----------------------------------------------------------

    @Override
    public void emit(CompletionRecord record) {
        records.add(record);
    }

    @Override
    public void retry(Retry retry) {
        retries.add(retry);
    }

    @Override
    public void send(String engineId, EngineCommand command) {
        commands.add(command);
        FakeEngine engine = engines.get(engineId);
        if (engine != null && !silent.contains(engineId)) {
            engine.handle(command);
        }
    }

    @Override
    public void ended(InFlightRequest request, boolean isGood) {
        // The records say it too.
    }

    @Override
    public void putRequest(int lane, String id, InFlight request) {
        state.put(id, request);
    }

    @Override
    public void removeRequest(int lane, String id) {
        state.remove(id);
    }

    @Override
    public void putEnded(int lane, IdMemory memory) {
        ended.put(lane, memory);
    }
}
