package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.paced.PacedRunner;
import dev.tropical.engine.transfer.TransferOptions;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.Ack;
import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.Attach;
import dev.tropical.protocol.wire.Cancel;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.Inventory;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.batch.BlockPool;
import dev.tropical.scheduling.batch.PrefixCache;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An engine's loop over a paced runner of no duration, a port in memory and a clock that stands
 * still: everything but sockets and threads. What it says to the lanes is gathered here.
 */
final class LoopHarness {
    static final ByteString LANES = ByteString.copyFromUtf8("lanes");
    static final long EPOCH = 7;
    static final int BLOCK_SIZE = 4;
    private static final int UNKNOWN = -1;

    /** What an engine under test is like; the rest is fixed. */
    record Setup(
            String id,
            Role role,
            int numBlocks,
            int maxNumSeqs,
            LoopOptions loop,
            TransferOptions transfer,
            boolean isPrefixCaching,
            @Nullable FakeLinks links,
            @Nullable BulkPort bulk) {
        static Setup of(String id) {
            return new Setup(
                    id,
                    Role.DECODE,
                    64,
                    8,
                    LoopOptions.defaults(true).withTokenPause(Duration.ZERO),
                    TransferOptions.DEFAULT,
                    false,
                    null,
                    null);
        }

        Setup role(Role newRole) {
            return with(newRole, numBlocks, loop, isPrefixCaching, links, bulk);
        }

        Setup numBlocks(int blocks) {
            return with(role, blocks, loop, isPrefixCaching, links, bulk);
        }

        Setup loop(LoopOptions options) {
            return with(role, numBlocks, options, isPrefixCaching, links, bulk);
        }

        Setup prefixCaching() {
            return with(role, numBlocks, loop, true, links, bulk);
        }

        Setup links(FakeLinks newLinks) {
            return with(role, numBlocks, loop, isPrefixCaching, newLinks, bulk);
        }

        Setup bulk(BulkPort newBulk) {
            return with(role, numBlocks, loop, isPrefixCaching, links, newBulk);
        }

        private Setup with(
                Role newRole,
                int blocks,
                LoopOptions options,
                boolean isCaching,
                @Nullable FakeLinks newLinks,
                @Nullable BulkPort newBulk) {
            return new Setup(
                    id,
                    newRole,
                    blocks,
                    maxNumSeqs,
                    options,
                    transfer,
                    isCaching,
                    newLinks,
                    newBulk);
        }
    }

    final ManualClock clock;
    final FakePort port;
    final EngineInfo info;
    final EngineLoop loop;
    final Map<SequenceKey, List<Integer>> tokens = new LinkedHashMap<>();
    final Map<SequenceKey, FinishReason> finished = new HashMap<>();
    final Map<SequenceKey, String> movedTo = new HashMap<>();
    final List<Refused> refused = new ArrayList<>();
    final List<Inventory> inventories = new ArrayList<>();
    final List<SequenceKey> begun = new ArrayList<>();
    final List<TokenEvent> tokenEvents = new ArrayList<>();
    final List<EngineEvents> messages = new ArrayList<>();
    @Nullable EngineStatus status;

    LoopHarness(Setup setup, ManualClock clock) {
        this.clock = clock;
        this.port = new FakePort(setup.bulk());
        // Two frames a block, so that a migration has to cut blocks.
        int blockBytes = Wire.KV_FRAME_BYTES + 4096;
        int maxStepTokens = 16;
        ModelSpec spec =
                new ModelSpec(
                        "Paced",
                        1000,
                        128,
                        BLOCK_SIZE,
                        setup.numBlocks(),
                        blockBytes,
                        setup.maxNumSeqs(),
                        maxStepTokens);
        this.info =
                EngineInfo.newBuilder()
                        .setEngineId(setup.id())
                        .setIncarnation(setup.id() + "-1")
                        .setRole(setup.role())
                        .setModel("m")
                        .build();
        BatchConfig limits =
                new BatchConfig(
                        maxStepTokens, setup.maxNumSeqs(), 128, true, setup.maxNumSeqs(), 0);
        this.loop =
                new EngineLoop(
                        info,
                        port,
                        runner(spec, setup, clock),
                        new BlockPool(
                                setup.numBlocks(),
                                BLOCK_SIZE,
                                setup.isPrefixCaching() ? new PrefixCache("m") : null),
                        new LoopConfig(
                                new RoleLimits(limits, limits),
                                setup.loop(),
                                setup.transfer(),
                                CostConfig.UNKNOWN),
                        new Vitals(),
                        clock);
    }

    private static ModelRunner runner(ModelSpec spec, Setup setup, ManualClock clock) {
        ModelRunner paced = new PacedRunner(spec, 0, clock, false);
        return setup.links() == null ? paced : new RunnerWithLinks(paced, setup.links());
    }

    static LoopHarness greeted() {
        return greeted(Setup.of("e"));
    }

    static LoopHarness greeted(Setup setup) {
        LoopHarness harness = new LoopHarness(setup, new ManualClock());
        harness.hello(EPOCH);
        harness.turns(1);
        return harness;
    }

    // ---- commands

    void hello(long epoch) {
        hello(LANES, epoch);
    }

    void hello(ByteString connection, long epoch) {
        Hello.Builder hello = Hello.newBuilder().setEpoch(epoch);
        IntStream.range(0, Lanes.COUNT).forEach(hello::addLanes);
        command(connection, EngineCommand.newBuilder().setHello(hello));
    }

    static SequenceKey key(String id) {
        return SequenceKey.newBuilder().setRequestId(id).build();
    }

    /** A greedy request; its prompt depends on the length alone. */
    static Submit.Builder request(String id, int promptTokens, int maxTokens) {
        return Submit.newBuilder()
                .setKey(key(id))
                .setLane(Lanes.of(id))
                .setEpoch(EPOCH)
                .setFirstTokenAgeNs(-1)
                .addAllPromptTokenIds(IntStream.range(1, promptTokens + 1).boxed().toList())
                .setPlacement(DecodePlacement.DECODE_HERE)
                .setSampling(
                        SamplingParams.newBuilder()
                                .setTopP(1)
                                .setRepetitionPenalty(1)
                                .setMaxTokens(maxTokens)
                                .setLogprobs(-1));
    }

    SequenceKey submit(String id, int promptTokens, int maxTokens) {
        return submit(request(id, promptTokens, maxTokens));
    }

    SequenceKey submit(Submit.Builder submit) {
        command(LANES, EngineCommand.newBuilder().setSubmit(submit));
        return submit.getKey();
    }

    void cancel(SequenceKey key) {
        command(
                LANES,
                EngineCommand.newBuilder()
                        .setCancel(
                                Cancel.newBuilder()
                                        .setKey(key)
                                        .setLane(Lanes.of(key.getRequestId()))
                                        .setEpoch(EPOCH)));
    }

    void ack(SequenceKey key, int offset) {
        command(
                LANES,
                EngineCommand.newBuilder()
                        .setAck(
                                Ack.newBuilder()
                                        .setEpoch(EPOCH)
                                        .addSequences(
                                                AckedSequence.newBuilder()
                                                        .setKey(key)
                                                        .setLane(Lanes.of(key.getRequestId()))
                                                        .setOffset(offset))));
    }

    void attach(SequenceKey key, int offset) {
        command(
                LANES,
                EngineCommand.newBuilder()
                        .setAttach(
                                Attach.newBuilder()
                                        .setKey(key)
                                        .setLane(Lanes.of(key.getRequestId()))
                                        .setEpoch(EPOCH)
                                        .setOffset(offset)));
    }

    void command(ByteString connection, EngineCommand.Builder command) {
        port.inbound.add(
                new Inbound.Command(
                        connection,
                        command.setVersion(Wire.VERSION).build(),
                        ByteBuffer.allocate(0)));
    }

    // ---- running

    void turns(int count) {
        for (int i = 0; i < count; i++) {
            turn().forEach(other -> {});
        }
    }

    /** A duty cycle; returns what was sent to peers. */
    List<Outbound> turn() {
        try {
            loop.turn();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        List<Outbound> toPeers = new ArrayList<>();
        for (Outbound message : port.take()) {
            if (message instanceof Outbound.Events events) {
                messages.add(events.events());
                events.events().getEventsList().forEach(this::gather);
            } else if (message instanceof Outbound.Status snapshot) {
                status = snapshot.status();
            } else {
                toPeers.add(message);
            }
        }
        return toPeers;
    }

    /** Runs until nothing is left to do, with time passing. */
    void runUntilFinished(SequenceKey key) {
        for (int i = 0; i < 2_000 && !finished.containsKey(key); i++) {
            turns(1);
        }
        if (!finished.containsKey(key)) {
            throw new AssertionError(key + " did not finish; refused " + refused);
        }
    }

    /** The status as it is now, and what it says of the blocks. */
    EngineStatus statusNow() {
        loop.checkIntegrity();
        clock.advance(Duration.ofMillis(10));
        hello(EPOCH);
        turns(1);
        return java.util.Objects.requireNonNull(status);
    }

    boolean areAllBlocksFree() {
        EngineStatus now = statusNow();
        return now.getBlocksFree() == now.getBlocksTotal() && now.getBlocksReserved() == 0;
    }

    private void gather(EngineEvent event) {
        switch (event.getBodyCase()) {
            case TOKENS -> gather(event.getTokens());
            case MOVED -> movedTo.put(event.getMoved().getKey(), event.getMoved().getToEngineId());
            case REFUSED -> refused.add(event.getRefused());
            case INVENTORY -> inventories.add(event.getInventory());
            case BEGUN -> begun.add(event.getBegun().getKey());
            default -> throw new AssertionError(event);
        }
    }

    private void gather(TokenEvent event) {
        tokenEvents.add(event);
        merge(tokens, event);
        if (event.getFinish() != FinishReason.NOT_FINISHED) {
            finished.put(event.getKey(), event.getFinish());
        }
    }

    /** Puts an event's tokens where they belong; they may come again, but never otherwise. */
    static void merge(Map<SequenceKey, List<Integer>> tokens, TokenEvent event) {
        List<Integer> known = tokens.computeIfAbsent(event.getKey(), k -> new ArrayList<>());
        for (int i = 0; i < event.getTokenIdsCount(); i++) {
            int at = event.getOffset() + i;
            while (at >= known.size()) {
                known.add(UNKNOWN);
            }
            if (known.get(at) != UNKNOWN && known.get(at) != event.getTokenIds(i)) {
                throw new AssertionError("contradiction at " + at + " in " + event);
            }
            known.set(at, event.getTokenIds(i));
        }
    }
}
