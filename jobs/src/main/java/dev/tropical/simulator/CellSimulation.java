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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One cell from the first arrival to the last ending. */
public final class CellSimulation implements SimulatedEngine.Listener {
    /** As the engines' own heartbeat. */
    private static final long HEARTBEAT_NS = 200_000_000;

    private final EventQueue events = new EventQueue();
    private final Map<String, SimulatedRequest> requests = new HashMap<>();
    private final Map<String, SimulatedEngine> engines = new LinkedHashMap<>();
    private final StallMonitor stalls = new StallMonitor();
    private final SystemSpec system;
    private final CellRouter router;
    private final RoleRule roles;
    private final RequestLog log;
    private final Handovers handovers;
    private long wakeAtNs = Long.MAX_VALUE;

    /**
     * @param workload in the order of arrival
     * @param seed of the steps' noise
     */
    public CellSimulation(SystemSpec system, List<SimulatedRequest> workload, long seed) {
        this.system = system;
        this.router = new CellRouter(0, system.policy().get(), 0);
        this.roles = new RoleRule(system.roles(), system.hardware().cost());
        this.log = new RequestLog(workload);
        this.handovers = new Handovers(engines, this::statuses, events, system);
        Random noise = new Random(seed);
        for (int i = 0; i < system.prefill().count(); i++) {
            join("prefill-" + i, Role.PREFILL, noise);
        }
        for (int i = 0; i < system.decode().count(); i++) {
            join("decode-" + i, Role.DECODE, noise);
        }
        for (SimulatedRequest request : workload) {
            requests.put(request.id(), request);
            events.at(request.arrivedNs(), () -> arrive(request));
        }
    }

    private void join(String id, Role role, Random noise) {
        EngineInfo info =
                EngineInfo.newBuilder()
                        .setEngineId(id)
                        .setIncarnation("simulated")
                        .setRole(role)
                        .setBlockSize(system.hardware().blockSize())
                        .setNumBlocks(system.hardware().numBlocks())
                        .build();
        SimulatedEngine engine = new SimulatedEngine(info, system, events, log, noise, this);
        engines.put(id, engine);
        router.view().onJoined(info);
        heartbeat(engine);
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
            afterEvent.run();
        }
        return log.results();
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
                    () -> engine.submit(submit(request(id), routed.seq(), dispatch)));
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
        for (int i = 0; i < request.promptTokens(); i++) {
            submit.addPromptTokenIds(0);
        }
        return submit.build();
    }

    // ---- the engines

    @Override
    public void changed(SimulatedEngine engine) {
        EngineStatus status = engine.status();
        events.after(system.timing().messageNs(), () -> deliver(status));
    }

    private void deliver(EngineStatus status) {
        router.view().onStatus(status, events.nowNs());
        handovers.offerAgain();
        route();
    }

    private void heartbeat(SimulatedEngine engine) {
        changed(engine);
        roles.next(router.queue(), router.view(), events.nowNs()).ifPresent(this::switchRole);
        events.after(HEARTBEAT_NS, () -> heartbeat(engine));
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

    Collection<SimulatedEngine> engines() {
        return engines.values();
    }
}
