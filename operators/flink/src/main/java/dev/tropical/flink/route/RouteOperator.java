package dev.tropical.flink.route;

import dev.tropical.flink.admit.Cells;
import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.scheduling.routing.CellRouter;
import dev.tropical.scheduling.routing.DecisionCounts;
import dev.tropical.scheduling.routing.RoutingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The router, keyed by cell. Everything happens on the task thread: an input or the one timer makes
 * its cell look at its queue's head again.
 *
 * <p>State: the queued inputs by id. Engines and credits are not state: the engine source tells
 * them anew after a restart, and dispatch numbers go on from the wall clock.
 */
final class RouteOperator extends AbstractStreamOperator<LaneInput>
        implements OneInputStreamOperator<RouteInput, LaneInput>, RouteOutput {
    private static final long serialVersionUID = 1L;

    /** What cells say of themselves, for the gateway and the sources' gates. */
    static final OutputTag<CellReport> REPORTS =
            new OutputTag<>("cell-reports", ValueTypeInfo.CELL_REPORT);

    /**
     * Each cell reports so often, also when nothing has changed: its word is the sign that the job
     * runs. Two a second are enough for people and 429s.
     */
    static final long REPORT_MS = 500;

    private static final long NS_PER_MS = 1_000_000;

    /** Dispatch numbers a millisecond of wall clock; a restart never falls behind the last run. */
    private static final long SEQ_PER_MS = 1_000;

    private static final MapStateDescriptor<String, RouteInput> QUEUED =
            new MapStateDescriptor<>(
                    "queued", Types.STRING, new ProtobufTypeInfo<>(RouteInput.class));

    /** An input that was queued under a key that is no cell's any more. */
    private record Stray(Object key, RouteInput input) {}

    private final RouteOptions options;
    private final transient List<Stray> strays = new ArrayList<>();
    private transient MapState<String, RouteInput> queued;
    private transient SortedMap<Integer, RouteCell> cells;
    private transient @Nullable ScheduledFuture<?> reports;
    private transient @Nullable ScheduledFuture<?> timer;
    private transient long timerAtMs;

    @SuppressWarnings("NullAway.Init") // Flink calls initializeState and open first
    RouteOperator(StreamOperatorParameters<LaneInput> parameters, RouteOptions options) {
        super(parameters);
        this.options = options;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        queued = context.getKeyedStateStore().getMapState(QUEUED);
    }

    @Override
    public void open() throws Exception {
        super.open();
        timerAtMs = Long.MAX_VALUE;
        cells = new TreeMap<>();
        long lastSeq = nowMs() * SEQ_PER_MS;
        for (int cell = 0; cell < options.cells(); cell++) {
            if (isOwn(cell)) {
                cells.put(cell, open(cell, lastSeq));
            }
        }
        getKeyedStateBackend()
                .applyToAllKeys(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        QUEUED,
                        (key, state) -> state.values().forEach(input -> restore(key, input)));
        schedule();
        reports = getProcessingTimeService().scheduleWithFixedDelay(time -> tick(), 0, REPORT_MS);
        getMetricGroup()
                .gauge(
                        "queuedRequests",
                        () -> cells.values().stream().mapToInt(RouteCell::queuedRequests).sum());
    }

    private RouteCell open(int cell, long lastSeq) {
        RoutingPolicy policy = options.policy();
        CellMetrics metrics = new CellMetrics(getMetricGroup(), cell, DecisionCounts.names(policy));
        CellRouter router = new CellRouter(cell, policy, lastSeq);
        HandOver handOver = new HandOver(cell, options.cells(), nowMs() * NS_PER_MS);
        return new RouteCell(cell, router, options.roleRule(), handOver, this, metrics);
    }

    private void tick() throws Exception {
        sendStrays();
        long nowNs = nowMs() * NS_PER_MS;
        for (RouteCell cell : cells.values()) {
            cell.advance(nowNs);
            cell.balanceRoles(nowNs);
            cell.report(nowNs);
            cell.updateMetrics(nowNs);
        }
        schedule();
    }

    @Override
    public void processElement(StreamRecord<RouteInput> record) throws Exception {
        sendStrays(); // a cancel of one of them must find it with its lane
        RouteInput input = record.getValue();
        cell(input).take(input, nowMs() * NS_PER_MS);
        schedule();
    }

    @Override
    public void emit(LaneInput input) {
        output.collect(new StreamRecord<>(input));
    }

    @Override
    public void report(CellReport report) {
        output.collect(REPORTS, new StreamRecord<>(report));
    }

    @Override
    public void keep(int cell, String id, RouteInput input) throws Exception {
        setCurrentKey(KeyGroups.ofCell(cell, options.cells()));
        queued.put(id, input);
    }

    @Override
    public void forget(int cell, String id) throws Exception {
        setCurrentKey(KeyGroups.ofCell(cell, options.cells()));
        queued.remove(id);
    }

    @Override
    public void close() throws Exception {
        cancel(reports);
        cancel(timer);
        super.close();
    }

    private void restore(Object key, RouteInput input) {
        int cell = options.cellOf(input.getCell());
        if (key.equals(KeyGroups.ofCell(cell, options.cells()))) {
            cell(input).restore(input);
        } else {
            strays.add(new Stray(key, input));
        }
    }

    /**
     * With another number of cells, cells have other keys and may be another subtask's: what was
     * queued under a key of before takes the way of a hand-over to the cell that it has now.
     */
    private void sendStrays() throws Exception {
        for (Stray stray : strays) {
            String id = LaneInputs.request(stray.input).getId();
            setCurrentKey(stray.key);
            queued.remove(id);
            int cell = Cells.of(id, options.cells());
            emit(LaneInputs.handOver(stray.input, cell, options.cells()));
        }
        if (!strays.isEmpty()) {
            LOG.info("{} queued requests go to other cells: there are others now", strays.size());
            strays.clear();
        }
    }

    private RouteCell cell(RouteInput input) {
        RouteCell cell = cells.get(options.cellOf(input.getCell()));
        if (cell == null) {
            throw new IllegalStateException(
                    "input of cell " + input.getCell() + " (expected: one of " + cells.keySet());
        }
        return cell;
    }

    private boolean isOwn(int cell) {
        return KeyGroups.ownedBy(getRuntimeContext().getTaskInfo())
                .contains(KeyGroups.groupOf(KeyGroups.ofCell(cell, options.cells())));
    }

    /** One timer, at the earliest time that any cell wants to look again. */
    private void schedule() {
        long wakeAtNs =
                cells.values().stream().mapToLong(RouteCell::wakeAtNs).min().orElse(Long.MAX_VALUE);
        if (wakeAtNs == Long.MAX_VALUE) {
            return;
        }
        long atMs = Math.max(nowMs() + 1, Math.floorDiv(wakeAtNs - 1, NS_PER_MS) + 1);
        if (atMs < timerAtMs) {
            cancel(timer);
            timerAtMs = atMs;
            timer = getProcessingTimeService().registerTimer(atMs, this::onTimer);
        }
    }

    private void onTimer(long atMs) throws Exception {
        timerAtMs = Long.MAX_VALUE;
        for (RouteCell cell : cells.values()) {
            cell.advance(nowMs() * NS_PER_MS);
        }
        schedule();
    }

    private static void cancel(@Nullable ScheduledFuture<?> future) {
        if (future != null) {
            future.cancel(false);
        }
    }

    private long nowMs() {
        return getProcessingTimeService().getCurrentProcessingTime();
    }
}
