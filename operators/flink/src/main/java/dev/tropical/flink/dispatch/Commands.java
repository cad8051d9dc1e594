package dev.tropical.flink.dispatch;

import dev.tropical.protocol.Seeds;
import dev.tropical.protocol.wire.Ack;
import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.Attach;
import dev.tropical.protocol.wire.Cancel;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.SetRole;
import dev.tropical.protocol.wire.Submit;
import java.util.List;

/** The commands of one run of the lanes, all under its epoch. */
final class Commands {
    private static final long NS_PER_MS = 1_000_000;

    private final long epoch;

    Commands(long epoch) {
        this.epoch = epoch;
    }

    EngineCommand hello(Iterable<Integer> lanes) {
        return EngineCommand.newBuilder()
                .setHello(Hello.newBuilder().addAllLanes(lanes).setEpoch(epoch))
                .build();
    }

    EngineCommand submit(InFlightRequest request, ChoiceStream choice, long nowMs) {
        AdmittedRequest admitted = request.request();
        long seed = Seeds.forChoice(admitted.getSampling().getSeed(), choice.index());
        Submit.Builder submit =
                Submit.newBuilder()
                        .setKey(request.key(choice))
                        .setLane(request.lane())
                        .setEpoch(epoch)
                        .setCell(admitted.getCell())
                        .setSeq(request.seq())
                        .addAllPromptTokenIds(admitted.getPromptTokenIdsList())
                        .setSampling(admitted.getSampling().toBuilder().setSeed(seed))
                        .setSlo(admitted.getSlo())
                        .setAgeNs(ageNs(admitted.getArrivedAtMs(), nowMs))
                        .setFirstTokenAgeNs(
                                request.firstTokenAtMs() == 0
                                        ? -1
                                        : ageNs(request.firstTokenAtMs(), nowMs))
                        .setPlacement(request.placement())
                        .setLaneContext(
                                admitted.toBuilder().clearPromptTokenIds().build().toByteString())
                        .addAllGeneratedTokenIds(choice.tokens().idList())
                        .addAllGeneratedLogprobs(choice.tokens().logprobs());
        return EngineCommand.newBuilder().setSubmit(submit).build();
    }

    /** Of no lane and no epoch: a role is the cell's matter. */
    static EngineCommand setRole(Role role) {
        return EngineCommand.newBuilder().setSetRole(SetRole.newBuilder().setRole(role)).build();
    }

    EngineCommand cancel(SequenceKey key, int lane) {
        return EngineCommand.newBuilder()
                .setCancel(Cancel.newBuilder().setKey(key).setLane(lane).setEpoch(epoch))
                .build();
    }

    EngineCommand attach(SequenceKey key, int lane, int offset) {
        return EngineCommand.newBuilder()
                .setAttach(
                        Attach.newBuilder()
                                .setKey(key)
                                .setLane(lane)
                                .setEpoch(epoch)
                                .setOffset(offset))
                .build();
    }

    EngineCommand ack(List<AckedSequence> sequences) {
        return EngineCommand.newBuilder()
                .setAck(Ack.newBuilder().setEpoch(epoch).addAllSequences(sequences))
                .build();
    }

    private static long ageNs(long sinceMs, long nowMs) {
        return Math.max(0, nowMs - sinceMs) * NS_PER_MS;
    }
}
