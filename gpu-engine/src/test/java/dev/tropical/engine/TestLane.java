package dev.tropical.engine;

import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.Cancel;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.Members;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.sockets.Sockets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** A dispatch subtask that owns every lane, for tests against engines over real sockets. */
final class TestLane implements AutoCloseable {
    static final long EPOCH = 7;

    private final ZContext context = new ZContext(1);
    private final Map<String, ZMQ.Socket> engines = new HashMap<>();
    private final ZMQ.Socket statuses;
    final Map<SequenceKey, List<Integer>> tokens = new HashMap<>();
    final Map<SequenceKey, List<Long>> tokenTimesNs = new HashMap<>();
    final Map<SequenceKey, FinishReason> finished = new HashMap<>();
    final Map<SequenceKey, String> movedTo = new HashMap<>();
    final Map<String, EngineStatus> status = new HashMap<>();
    final List<Refused> refused = new ArrayList<>();
    final List<EngineEvent> events = new ArrayList<>();

    TestLane() {
        context.setLinger(0);
        statuses = Sockets.connecting(context, SocketType.SUB);
        statuses.subscribe(ZMQ.SUBSCRIPTION_ALL);
    }

    /** Connects, says Hello for all lanes, and names the engine's peers to it. */
    void connect(EngineInfo engine, List<EngineInfo> members) {
        ZMQ.Socket dealer = Sockets.connecting(context, SocketType.DEALER);
        dealer.setIdentity(UUID.randomUUID().toString().getBytes());
        dealer.connect(engine.getCommandEndpoint());
        statuses.connect(engine.getStatusEndpoint());
        engines.put(engine.getEngineId(), dealer);
        send(
                engine.getEngineId(),
                EngineCommand.newBuilder()
                        .setHello(
                                Hello.newBuilder()
                                        .setEpoch(EPOCH)
                                        .addAllLanes(
                                                IntStream.range(0, Lanes.COUNT).boxed().toList())));
        members(engine.getEngineId(), 1, members);
    }

    /** Names an engine's peers to it anew. */
    void members(String engineId, int version, List<EngineInfo> members) {
        send(
                engineId,
                EngineCommand.newBuilder()
                        .setMembers(
                                Members.newBuilder().setVersion(version).addAllEngines(members)));
    }

    void send(String engineId, EngineCommand.Builder command) {
        engines.get(engineId).send(command.setVersion(Wire.VERSION).build().toByteArray());
    }

    SequenceKey submit(
            String engineId, String id, int prompt, int maxTokens, DecodePlacement placement) {
        return submit(engineId, id, IntStream.range(1, prompt + 1).toArray(), maxTokens, placement);
    }

    SequenceKey submit(
            String engineId, String id, int[] prompt, int maxTokens, DecodePlacement placement) {
        return submit(engineId, request(id, prompt, maxTokens).setPlacement(placement));
    }

    /** Goes on with a sequence of which another engine, that is gone, has drawn some tokens. */
    SequenceKey resume(
            String engineId, String id, int[] prompt, List<Integer> drawn, int maxTokens) {
        Submit.Builder request = request(id, prompt, maxTokens).addAllGeneratedTokenIds(drawn);
        tokens.put(request.getKey(), new ArrayList<>(drawn));
        return submit(engineId, request.setPlacement(DecodePlacement.DECODE_HERE));
    }

    private SequenceKey submit(String engineId, Submit.Builder request) {
        send(engineId, EngineCommand.newBuilder().setSubmit(request));
        return request.getKey();
    }

    private static Submit.Builder request(String id, int[] prompt, int maxTokens) {
        return Submit.newBuilder()
                .setKey(SequenceKey.newBuilder().setRequestId(id))
                .setLane(Lanes.of(id))
                .setEpoch(EPOCH)
                .setSeq(1)
                .setFirstTokenAgeNs(-1)
                .addAllPromptTokenIds(IntStream.of(prompt).boxed().toList())
                .setSampling(greedy(maxTokens));
    }

    /** Cancels on every engine, as lanes do. */
    void cancel(SequenceKey key) {
        for (String engineId : engines.keySet()) {
            send(
                    engineId,
                    EngineCommand.newBuilder()
                            .setCancel(
                                    Cancel.newBuilder()
                                            .setKey(key)
                                            .setLane(Lanes.of(key.getRequestId()))
                                            .setEpoch(EPOCH)));
        }
    }

    static SamplingParams greedy(int maxTokens) {
        return SamplingParams.newBuilder()
                .setTopP(1)
                .setRepetitionPenalty(1)
                .setMaxTokens(maxTokens)
                .setLogprobs(-1)
                .setIgnoreEos(true)
                .build();
    }

    /** Reads events until {@code isDone}, at most {@code seconds}. */
    void readUntil(BooleanSupplier isDone, int seconds) {
        long deadlineNs = System.nanoTime() + seconds * 1_000_000_000L;
        while (!isDone.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError(
                        "not within "
                                + seconds
                                + " s; tokens "
                                + tokens
                                + " refused "
                                + refused
                                + " finished "
                                + finished
                                + " status "
                                + status);
            }
            read();
        }
    }

    void readFor(int millis) {
        long deadlineNs = System.nanoTime() + millis * 1_000_000L;
        while (System.nanoTime() < deadlineNs) {
            read();
        }
    }

    private void read() {
        try (ZMQ.Poller poller = context.createPoller(engines.size() + 1)) {
            engines.values().forEach(dealer -> poller.register(dealer, ZMQ.Poller.POLLIN));
            poller.register(statuses, ZMQ.Poller.POLLIN);
            poller.poll(20);
            for (ZMQ.Socket dealer : engines.values()) {
                for (byte[] message = dealer.recv(ZMQ.DONTWAIT);
                        message != null;
                        message = dealer.recv(ZMQ.DONTWAIT)) {
                    EngineEvents.parseFrom(message).getEventsList().forEach(this::apply);
                }
            }
            for (byte[] message = statuses.recv(ZMQ.DONTWAIT);
                    message != null;
                    message = statuses.recv(ZMQ.DONTWAIT)) {
                EngineStatus now = EngineStatus.parseFrom(message);
                status.put(now.getEngineId(), now);
            }
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private void apply(EngineEvent event) {
        events.add(event);
        switch (event.getBodyCase()) {
            case TOKENS -> apply(event.getTokens());
            case MOVED -> movedTo.put(event.getMoved().getKey(), event.getMoved().getToEngineId());
            case REFUSED -> refused.add(event.getRefused());
            default -> {}
        }
    }

    private void apply(TokenEvent event) {
        tokenTimesNs.computeIfAbsent(event.getKey(), k -> new ArrayList<>()).add(System.nanoTime());
        List<Integer> known = tokens.computeIfAbsent(event.getKey(), k -> new ArrayList<>());
        if (event.getOffset() > known.size()) {
            throw new AssertionError("a gap before " + event + "; known " + known);
        }
        for (int i = 0; i < event.getTokenIdsCount(); i++) {
            int at = event.getOffset() + i;
            if (at < known.size()) {
                if (known.get(at) != event.getTokenIds(i)) {
                    throw new AssertionError("contradiction at " + at + ": " + event);
                }
            } else {
                known.add(event.getTokenIds(i));
            }
        }
        if (event.getFinish() != FinishReason.NOT_FINISHED) {
            finished.put(event.getKey(), event.getFinish());
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
