package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.flink.state.IdMemorySerializer;
import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Retry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateFunction;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The lanes' operator, keyed by lane. The task thread runs the {@link LaneTable}: for an input, for
 * a mail of the {@link EngineInbox}, for a tick. Engines' threads only fill the inbox.
 *
 * <p>State, keyed by lane: requests in flight and ended ids, written when a snapshot is taken.
 * Union list state: each run's epoch and how far the completions topic had got.
 */
final class DispatchOperator extends AbstractStreamOperator<CompletionRecord>
        implements OneInputStreamOperator<LaneInput, CompletionRecord>,
                EngineInbox.NewsHandler,
                LaneOutput,
                LaneState {
    private static final long serialVersionUID = 1L;

    /** Requests that lost their engine. */
    static final OutputTag<Retry> RETRIES =
            new OutputTag<>("retries", new ProtobufTypeInfo<>(Retry.class));

    private static final long TICK_MS = 100;

    private static final MapStateDescriptor<String, InFlight> REQUESTS =
            new MapStateDescriptor<>(
                    "in-flight", Types.STRING, new ProtobufTypeInfo<>(InFlight.class));
    private static final ValueStateDescriptor<IdMemory> ENDED =
            new ValueStateDescriptor<>("ended-ids", new IdMemorySerializer());
    private static final MapStateDescriptor<String, Long> FORMERLY_ENDED = // in release 0.1
            new MapStateDescriptor<>("ended", Types.STRING, Types.LONG);
    private static final ListStateDescriptor<EmittedOffsets> RUNS =
            new ListStateDescriptor<>("runs", new ProtobufTypeInfo<>(EmittedOffsets.class));

    private final DispatchEnvironment.Factory factory;
    private final int endedIdsPerLane;
    private final transient EngineInbox inbox;
    private transient MapState<String, InFlight> requests;
    private transient ValueState<IdMemory> ended;
    private transient ListState<EmittedOffsets> runs;
    private transient List<EmittedOffsets> restoredRuns;
    private transient @Nullable DispatchEnvironment environment;
    private transient Emitted emitted;
    private transient LaneTable lanes;
    private transient RequestMetrics requestMetrics;
    private transient @Nullable ScheduledFuture<?> ticks;
    private transient long epoch;
    private transient boolean isRegistryKnown;

    @SuppressWarnings("NullAway.Init") // Flink calls initializeState and open first
    DispatchOperator(
            StreamOperatorParameters<CompletionRecord> parameters,
            DispatchEnvironment.Factory factory,
            int endedIdsPerLane) {
        super(parameters);
        this.factory = factory;
        this.endedIdsPerLane = endedIdsPerLane;
        this.inbox = new EngineInbox(parameters.getMailboxExecutor(), this);
    }

    // ---- lifecycle ---------------------------------------------------------------------------

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        requests = context.getKeyedStateStore().getMapState(REQUESTS);
        ended = context.getKeyedStateStore().getState(ENDED);
        runs = context.getOperatorStateStore().getUnionListState(RUNS);
        restoredRuns = new ArrayList<>();
        runs.get().forEach(restoredRuns::add);
    }

    @Override
    public void open() throws Exception {
        super.open();
        TaskInfo task = getRuntimeContext().getTaskInfo();
        environment = factory.open("lanes-" + task.getIndexOfThisSubtask(), inbox);
        Set<Integer> owned = lanes(KeyGroups.ownedBy(task));
        long lastEpoch = restoredRuns.stream().mapToLong(EmittedOffsets::getEpoch).max().orElse(0);
        epoch = Math.max(lastEpoch + 1, nowMs());
        emitted = environment.readEmitted(restoredRuns, owned);
        requestMetrics = new RequestMetrics(getMetricGroup());
        lanes =
                new LaneTable(
                        new Run(owned, epoch, emitted, endedIdsPerLane),
                        environment.texts(),
                        this,
                        this::nowMs);
        restore();
        ticks = getProcessingTimeService().scheduleWithFixedDelay(time -> tick(), 0, TICK_MS);
        getMetricGroup().gauge("inFlightRequests", () -> lanes.inFlightCount());
        getMetricGroup().gauge("unacknowledgedSequences", this::unacknowledged);
    }

    @Override
    public void processElement(StreamRecord<LaneInput> record) {
        lanes.onInput(record.getValue());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        lanes.snapshot(context.getCheckpointId(), this);
        runs.update(List.of(emittedOffsets().toBuilder().setEpoch(epoch).build()));
        super.snapshotState(context);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        lanes.checkpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        super.notifyCheckpointAborted(checkpointId);
        lanes.checkpointAborted(checkpointId);
    }

    @Override
    public void close() throws Exception {
        if (ticks != null) {
            ticks.cancel(false);
        }
        inbox.close();
        if (environment != null) {
            environment.close();
        }
        super.close();
    }

    private void restore() throws Exception {
        restore(ENDED, (key, state) -> lanes.restoreEnded(KeyGroups.groupOf(key), state.value()));
        restore(
                FORMERLY_ENDED,
                (key, state) -> {
                    for (Map.Entry<String, Long> entry : state.entries()) {
                        lanes.restoreEnded(entry.getKey(), entry.getValue());
                    }
                    state.clear();
                });
        restore(REQUESTS, (key, state) -> state.values().forEach(lanes::restore));
        emitted.ended().forEach(id -> lanes.assumeEnded(Lanes.of(id), id));
    }

    private <S extends State, T> void restore(
            StateDescriptor<S, T> descriptor, KeyedStateFunction<Integer, S> lane)
            throws Exception {
        this.<Integer>getKeyedStateBackend()
                .applyToAllKeys(
                        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor, lane);
    }

    /**
     * From where a restart reads what readers have seen. Stays where the last run's snapshot put it
     * while requests of that time may still come, or nothing newer is known.
     */
    private EmittedOffsets emittedOffsets() {
        EmittedOffsets latest = environment().emittedOffsets();
        boolean isAwaiting = emitted.hasUnclaimed() && nowMs() - epoch < Tombstones.KEPT_MS;
        return isAwaiting || latest.getEndOffsetCount() == 0
                ? EmittedReader.oldest(restoredRuns)
                : latest;
    }

    /** Sequences that engines keep until a checkpoint completes. */
    int unacknowledged() {
        return lanes.unacknowledged();
    }

    private void tick() {
        if (!isRegistryKnown) {
            environment()
                    .registeredEngines()
                    .ifPresent(
                            engines -> {
                                isRegistryKnown = true;
                                lanes.onRegistry(engines);
                            });
        }
        lanes.tick();
    }

    // ---- news of engines, by mail ------------------------------------------------------------

    @Override
    public void onUp(String engineId) {
        lanes.onUp(engineId);
    }

    @Override
    public void onEvents(EngineEvents events) {
        lanes.onEvents(events);
    }

    @Override
    public void onLost(String engineId, String reason) {
        lanes.onLost(engineId, reason);
    }

    // ---- what the lanes say ------------------------------------------------------------------

    @Override
    public void emit(CompletionRecord record) {
        output.collect(new StreamRecord<>(record));
    }

    @Override
    public void retry(Retry retry) {
        output.collect(RETRIES, new StreamRecord<>(retry));
    }

    @Override
    public void send(String engineId, EngineCommand command) {
        if (!environment().send(engineId, command)) {
            LOG.debug("engine {} is not up: {} not sent", engineId, command.getBodyCase());
        }
    }

    @Override
    public void ended(InFlightRequest request, boolean isGood) {
        requestMetrics.ended(request, isGood, nowMs());
    }

    @Override
    public void putRequest(int lane, String id, InFlight request) throws Exception {
        setCurrentKey(KeyGroups.ofLane(lane));
        requests.put(id, request);
    }

    @Override
    public void removeRequest(int lane, String id) throws Exception {
        setCurrentKey(KeyGroups.ofLane(lane));
        requests.remove(id);
    }

    @Override
    public void putEnded(int lane, IdMemory memory) throws Exception {
        setCurrentKey(KeyGroups.ofLane(lane));
        ended.update(memory);
    }

    private DispatchEnvironment environment() {
        if (environment == null) {
            throw new IllegalStateException("the operator is not open (expected: open)");
        }
        return environment;
    }

    private long nowMs() {
        return getProcessingTimeService().getCurrentProcessingTime();
    }

    private static Set<Integer> lanes(KeyGroupRange range) {
        return IntStream.rangeClosed(range.getStartKeyGroup(), range.getEndKeyGroup())
                .boxed()
                .collect(Collectors.toSet());
    }
}
