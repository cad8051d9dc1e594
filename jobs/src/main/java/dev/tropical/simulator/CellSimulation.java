package dev.tropical.simulator;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.routing.CellRouter;
import dev.tropical.scheduling.routing.EngineView;
import dev.tropical.scheduling.routing.QueuedRequest;
import dev.tropical.scheduling.routing.RoleRule;
import dev.tropical.scheduling.routing.RouteDecision;
import dev.tropical.scheduling.routing.TropicalPolicy;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One cell from the first arrival to the last ending. */
public final class CellSimulation implements EngineListener {
    private final EventQueue events = new EventQueue();
    private final Map<String, SimulatedRequest> requests = new HashMap<>();
    private final Map<String, SimulatedEngine> engines = new LinkedHashMap<>();
    private final StallMonitor stalls = new StallMonitor();
    private final SystemSpec system;
    private final CellRouter router;
    private final RoleRule roles;
    private final RequestLog log;
    private final Handovers handovers;
    private final Iterator<SimulatedRequest> arrivals;
    private long wakeAtNs = Long.MAX_VALUE;
    private boolean isAttended;

    /**
     * @param workload in whatever order
     * @param seed of the steps' noise
     */
    public CellSimulation(SystemSpec system, List<SimulatedRequest> workload, long seed) {
        this(system, workload, seed, Stepping.RUNS);
    }

    CellSimulation(
            SystemSpec system, List<SimulatedRequest> workload, long seed, Stepping stepping) {
        this.system = system;
        this.router = new CellRouter(0, system.policy().get(), 0);
        this.roles = new RoleRule(system.roles(), system.hardware().cost());
        this.log = new RequestLog(workload);
        this.handovers = new Handovers(engines, this::statuses, events, system);
        this.arrivals =
                workload.stream()
                        .sorted(Comparator.comparingLong(SimulatedRequest::arrivedNs))
                        .iterator();
        SimulatedEngine.Run run = new SimulatedEngine.Run(events, log, seed, stepping);
        for (int i = 0; i < system.prefill().count(); i++) {
            join("prefill-" + i, Role.PREFILL, run);
        }
        for (int i = 0; i < system.decode().count(); i++) {
            join("decode-" + i, Role.DECODE, run);
        }
        for (SimulatedRequest request : workload) {
            requests.put(request.id(), request);
        }
        expectArrival();
    }

    private void join(String id, Role role, SimulatedEngine.Run run) {
        EngineInfo info =
                EngineInfo.newBuilder()
                        .setEngineId(id)
                        .setIncarnation("simulated")
                        .setRole(role)
                        .setBlockSize(system.hardware().blockSize())
                        .setNumBlocks(system.hardware().numBlocks())
                        .build();
        SimulatedEngine engine = new SimulatedEngine(info, engines.size(), system, run, this);
        engines.put(id, engine);
        router.view().onJoined(info);
        router.view().beforeReading(id, engine::report);
        engine.start();
    }

    /** The next arrival is an event, before all others of its instant. */
    private void expectArrival() {
        if (arrivals.hasNext()) {
            SimulatedRequest request = arrivals.next();
            events.at(
                    request.arrivedNs(),
                    0,
                    EventQueue.SHARED,
                    () -> {
                        expectArrival();
                        arrive(request);
                    });
        }
    }

    /** Runs to the end and returns how each request fared, in the order of the workload. */
    public List<RequestResult> run() {
        return run(() -> {});
    }

    /**
     * @param afterEvent called after every event
     */
    List<RequestResult> run(Runnable afterEvent) {
        while (!log.isComplete() && events.runNext()) {
            attendEngines();
            afterEvent.run();
        }
        return log.results();
    }

    /** From the event on with which something begins to wait, each status may end the wait. */
    private void attendEngines() {
        boolean wasAttended = isAttended;
        isAttended = !isQuiet();
        if (isAttended && !wasAttended) {
            engines.values().forEach(SimulatedEngine::attend);
        }
    }

    @Override
    public boolean isQuiet() {
        return router.queue().size() == 0 && !handovers.isWaiting();
    }

    @Override
    public boolean isHeartbeatNoticed() {
        return system.roles().isEnabled();
    }

    // ---- the router

    private void arrive(SimulatedRequest request) {
        router.add(
                new QueuedRequest(
                        request.id(),
                        request.promptTokens(),
                        1,
                        0,
                        0,
                        request.arrivedNs(),
                        request.slo(),
                        (long) Integer.BYTES * request.promptTokens(),
                        ""));
        route();
    }

    private void route() {
        long nowNs = events.nowNs();
        for (Optional<CellRouter.Routed> next = router.next(nowNs);
                next.isPresent();
                next = router.next(nowNs)) {
            send(next.get());
        }
        if (router.wakeAtNs() < wakeAtNs) {
            wakeAtNs = router.wakeAtNs();
            events.at(wakeAtNs, this::wake);
        }
    }

    private void wake() {
        if (events.nowNs() >= wakeAtNs) {
            wakeAtNs = Long.MAX_VALUE;
        }
        route();
    }

    private void send(CellRouter.Routed routed) {
        String id = routed.request().id();
        if (routed.decision() instanceof RouteDecision.Dispatch dispatch) {
            SimulatedEngine engine = engine(dispatch.engineId());
            if (dispatch.rule().equals(TropicalPolicy.MULTIPLEXED)) {
                stalls.multiplexed(engine, id);
            }
            events.after(
                    system.timing().messageNs(),
                    () -> {
                        stalls.arrived(engine, id);
                        engine.submit(submit(request(id), routed.seq(), dispatch));
                    });
        } else {
            log.rejected(id, events.nowNs());
        }
    }

    private Submit submit(SimulatedRequest request, long seq, RouteDecision.Dispatch dispatch) {
        Submit.Builder submit =
                Submit.newBuilder()
                        .setKey(SequenceKey.newBuilder().setRequestId(request.id()))
                        .setSeq(seq)
                        .setPlacement(dispatch.placement())
                        .setSlo(request.slo())
                        .setAgeNs(events.nowNs() - request.arrivedNs())
                        .setFirstTokenAgeNs(-1)
                        .setSampling(
                                SamplingParams.newBuilder()
                                        .setIgnoreEos(true)
                                        .setMaxTokens(request.outputTokens()));
        return Prompts.add(submit, request.promptTokens()).build();
    }

    // ---- the engines

    @Override
    public void sent(EngineStatus status, long sentNs, int rank) {
        events.at(sentNs + system.timing().messageNs(), sentNs, rank, () -> deliver(status));
    }

    private void deliver(EngineStatus status) {
        came(status, events.nowNs());
        handovers.offerAgain();
        if (router.queue().size() > 0) {
            route();
        }
    }

    @Override
    public void came(EngineStatus status, long atNs) {
        router.view().onStatus(status, atNs);
    }

    @Override
    public void heartbeat() {
        roles.next(router.queue(), router.view(), events.nowNs()).ifPresent(this::switchRole);
    }

    private void switchRole(RoleRule.Switch change) {
        SimulatedEngine engine = engine(change.engineId());
        events.after(system.timing().messageNs(), () -> engine.become(change.role()));
    }

    @Override
    public void prefillStarts(SimulatedEngine engine, Sequence sequence) {
        handovers.prefillStarts(engine, sequence);
    }

    @Override
    public void parked(SimulatedEngine engine, Sequence sequence) {
        handovers.parked(engine, sequence);
    }

    @Override
    public void ended(SimulatedEngine engine, Sequence sequence) {
        handovers.ended(sequence);
    }

    @Override
    public void stepped(SimulatedEngine engine) {
        stalls.stepped(engine, events.nowNs());
    }

    private Collection<EngineStatus> statuses() {
        return router.view().engines().stream().map(EngineView::status).toList();
    }

    private SimulatedEngine engine(String id) {
        SimulatedEngine engine = engines.get(id);
        if (engine == null) {
            throw new IllegalStateException(id + " (expected: one of " + engines.keySet() + ")");
        }
        return engine;
    }

    private SimulatedRequest request(String id) {
        SimulatedRequest request = requests.get(id);
        if (request == null) {
            throw new IllegalStateException(id + " (expected: a request of the workload)");
        }
        return request;
    }

    // ---- what it shows

    /** How often each of the router's rules decided, by its name. */
    public Map<String, Long> decisions() {
        return Map.copyOf(router.counts().all());
    }

    /** Engines that were given another role. */
    public long roleSwitches() {
        return roles.switches();
    }

    /** How decodes fared beside multiplexed prefills. */
    public StallCounts stalls() {
        return stalls.counts();
    }

    /** What it took. */
    long eventsRun() {
        return events.eventsRun();
    }

    Collection<SimulatedEngine> engines() {
        return engines.values();
    }
}
