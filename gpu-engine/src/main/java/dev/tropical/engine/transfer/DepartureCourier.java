package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkSender;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.KvAbort;
import dev.tropical.protocol.wire.KvChunk;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvFrame;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.scheduling.batch.PrefixCache;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes a departure's messages and cuts its blocks into frames. Loop thread. */
final class DepartureCourier {
    private static final ByteBuffer NO_PAYLOAD = ByteBuffer.allocate(0);

    private final EnginePort port;
    private final ModelRunner runner;
    private final ModelSpec spec;
    private final Frames frames;
    private final DepartureListener listener;
    private final TransferOptions options;
    private final EngineInfo self;
    private final OutgoingLinks links;
    // Holds nothing: it only names blocks, as every engine of the model does.
    private final PrefixCache names;

    DepartureCourier(
            EnginePort port,
            ModelRunner runner,
            DepartureListener listener,
            TransferOptions options,
            EngineInfo self,
            OutgoingLinks links) {
        this.port = port;
        this.runner = runner;
        this.spec = runner.spec();
        this.frames = new Frames(spec.blockBytes());
        this.listener = listener;
        this.options = options;
        this.self = self;
        this.links = links;
        this.names = new PrefixCache(self.getModel());
    }

    /** Blocks that a peer must have: for every known token and the next. */
    int blocks(Sequence sequence) {
        return blocksFor(sequence.size() + 1);
    }

    /** Asks for blocks; once more renews the reservation's deadline and prediction. */
    void reserve(Departure departure, long nowNs) {
        Sequence sequence = departure.sequence();
        KvReserve.Builder reserve =
                KvReserve.newBuilder()
                        .setTransferId(departure.transferId())
                        .setKey(departure.key())
                        .setLane(sequence.request().getLane())
                        .setEpoch(sequence.request().getEpoch())
                        .setPromptTokens(sequence.promptTokens())
                        .setBlocks(blocks(sequence))
                        .setSlo(sequence.slo())
                        .setDeadlineNs(options.idleTimeout().toNanos())
                        .setKvType(KvConversion.announced(runner.kvType()))
                        .setLinkId(links.id(departure.peer(), nowNs))
                        .setEngineId(self.getEngineId())
                        .setIncarnation(self.getIncarnation())
                        .setFirstTokenInNs(listener.firstTokenInNs(sequence, nowNs));
        names.keys(sequence.prompt(), sequence.promptTokens(), spec.blockSize())
                .forEach(key -> reserve.addPrefixKeys(ByteString.copyFrom(key.toBytes())));
        send(departure, EngineCommand.newBuilder().setKvReserve(reserve), NO_PAYLOAD);
    }

    /**
     * Sends finished blocks: frames, at most {@code budget}, or all over the link.
     *
     * @return how many frames were, or would have been
     */
    int send(Departure departure, int budget, long nowNs) {
        WatchedLink link = departure.link();
        return link == null ? sendFrames(departure, budget, nowNs) : sendChunks(departure, link);
    }

    private int sendChunks(Departure departure, WatchedLink link) {
        int sent = 0;
        int chunk = sendChunk(departure, link);
        while (chunk > 0) {
            sent += chunk;
            chunk = sendChunk(departure, link);
        }
        return sent;
    }

    private int sendChunk(Departure departure, WatchedLink link) {
        int first = departure.firstBlock() + departure.nextFrame() / frames.perBlock();
        int ready = (framesReady(departure) - departure.nextFrame()) / frames.perBlock();
        int count = Math.min(ready, BlockLink.MAX_BLOCKS);
        if (count <= 0 || !link.isOpen()) {
            return 0;
        }
        int[] blocks = Arrays.copyOfRange(departure.sequence().blockTable(), first, first + count);
        KvChunk.Builder chunk =
                KvChunk.newBuilder()
                        .setTransferId(departure.transferId())
                        .setLinkId(link.id())
                        .setBlock(first)
                        .setCount(count);
        for (int block : blocks) {
            chunk.addFrom(block);
        }
        // Said first: what is sent and not announced would be taken for what is announced next.
        if (!send(departure, EngineCommand.newBuilder().setKvChunk(chunk), NO_PAYLOAD)) {
            return 0;
        }
        link.send(blocks);
        departure.framesSent(count * frames.perBlock());
        return count * frames.perBlock();
    }

    private int sendFrames(Departure departure, int budget, long nowNs) {
        int sent = 0;
        int[] blockTable = departure.sequence().blockTable();
        while (sent < budget
                && departure.nextFrame() < framesReady(departure)
                && hasRoomForAFrame(departure)) {
            int index = departure.firstBlock() + departure.nextFrame() / frames.perBlock();
            int frame = departure.nextFrame() % frames.perBlock();
            ByteBuffer bytes = ByteBuffer.allocate(frames.length(frame));
            runner.readBlock(blockTable[index], frames.offset(frame), bytes);
            if (!sendFrame(departure, index, frames.offset(frame), bytes.flip(), nowNs)) {
                break;
            }
            departure.framesSent(1);
            sent++;
        }
        return sent;
    }

    private boolean hasRoomForAFrame(Departure departure) {
        BulkSender bulk = departure.bulk();
        return bulk == null ? port.frameCredits(departure.peer()) > 0 : bulk.isFree();
    }

    /** False when it was not taken. */
    private boolean sendFrame(
            Departure departure, int block, int offset, ByteBuffer bytes, long nowNs) {
        BulkSender bulk = departure.bulk();
        if (bulk != null) {
            bulk.send(block, offset, bytes, nowNs);
            return true;
        }
        KvFrame.Builder frame =
                KvFrame.newBuilder()
                        .setTransferId(departure.transferId())
                        .setBlock(block)
                        .setOffset(offset);
        return send(departure, EngineCommand.newBuilder().setKvFrame(frame), bytes);
    }

    /** Whether a finished block has frames that were not sent, or have not left. */
    boolean hasMoreToSend(Departure departure) {
        BulkSender bulk = departure.bulk();
        return departure.nextFrame() < framesReady(departure) || (bulk != null && !bulk.isFree());
    }

    /** While the prefill runs only full blocks are finished, afterwards the last one is too. */
    private int framesReady(Departure departure) {
        Sequence sequence = departure.sequence();
        boolean isPrefilled =
                sequence.state() == SequenceState.PARKED
                        || sequence.state() == SequenceState.MIGRATING;
        int blocks =
                isPrefilled
                        ? blocksFor(sequence.computedTokens())
                        : sequence.computedTokens() / spec.blockSize();
        return Math.max(0, blocks - departure.firstBlock()) * frames.perBlock();
    }

    void commit(Departure departure, long nowNs) {
        KvCommit.Builder commit =
                KvCommit.newBuilder()
                        .setTransferId(departure.transferId())
                        .setSequence(listener.handover(departure.sequence(), nowNs))
                        .setComputedTokens(departure.sequence().computedTokens())
                        .setTotalFrames(departure.nextFrame())
                        .setAckedOffset(listener.ackedOffset(departure.key()));
        send(departure, EngineCommand.newBuilder().setKvCommit(commit), NO_PAYLOAD);
    }

    void abort(Departure departure, String reason) {
        KvAbort abort =
                KvAbort.newBuilder()
                        .setTransferId(departure.transferId())
                        .setReason(reason)
                        .build();
        send(departure, EngineCommand.newBuilder().setKvAbort(abort), NO_PAYLOAD);
    }

    private int blocksFor(int tokens) {
        return (tokens + spec.blockSize() - 1) / spec.blockSize();
    }

    private boolean send(Departure departure, EngineCommand.Builder command, ByteBuffer payload) {
        return port.send(
                new Outbound.ToPeer(
                        departure.peer(), command.setVersion(Wire.VERSION).build(), payload));
    }
}
