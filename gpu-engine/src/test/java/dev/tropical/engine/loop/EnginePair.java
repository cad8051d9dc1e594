package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Members;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.TokenEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A prefill and some decode engines on one clock, and the links between them: each message passes
 * through a fault that may drop, repeat or hold it.
 */
final class EnginePair {
    /** What happens to a message between two engines. */
    interface Fault {
        /** How often it arrives: 0 = lost, 1, 2 = twice. */
        int copies(EngineCommand command);
    }

    static final Fault NONE = command -> 1;

    final ManualClock clock = new ManualClock();
    final LoopHarness prefill;
    final List<LoopHarness> decodes = new ArrayList<>();
    final List<EngineCommand> sent = new ArrayList<>();
    private final List<LoopHarness> all = new ArrayList<>();
    private final List<String> dead = new ArrayList<>();
    private Fault fault = NONE;
    private boolean areStatusesHeard = true;

    EnginePair(Setup prefillSetup, Setup... decodeSetups) {
        prefill = new LoopHarness(prefillSetup.role(Role.PREFILL), clock);
        all.add(prefill);
        for (Setup setup : decodeSetups) {
            decodes.add(new LoopHarness(setup.role(Role.DECODE), clock));
        }
        all.addAll(decodes);
        Members.Builder members = Members.newBuilder().setVersion(1);
        all.forEach(engine -> members.addEngines(engine.info));
        for (LoopHarness engine : all) {
            engine.hello(LoopHarness.EPOCH);
            engine.command(LoopHarness.LANES, EngineCommand.newBuilder().setMembers(members));
        }
        turns(2);
    }

    static EnginePair ofOneEach() {
        return new EnginePair(Setup.of("p"), Setup.of("d"));
    }

    LoopHarness decode() {
        return decodes.get(0);
    }

    void fault(Fault newFault) {
        fault = newFault;
    }

    /** The engine neither says nor hears anything any more. */
    void kill(LoopHarness engine) {
        dead.add(engine.info.getEngineId());
    }

    void muteStatuses() {
        areStatusesHeard = false;
    }

    SequenceKey submit(String id, int promptTokens, int maxTokens) {
        return prefill.submit(
                LoopHarness.request(id, promptTokens, maxTokens)
                        .setPlacement(DecodePlacement.DECODE_PEER));
    }

    void cancel(SequenceKey key) {
        all.forEach(engine -> engine.cancel(key));
    }

    /** Each turn takes 2 ms, so that statuses flow and deadlines come near. */
    void turns(int count) {
        for (int i = 0; i < count; i++) {
            clock.advance(Duration.ofMillis(2));
            for (LoopHarness engine : all) {
                if (!isDead(engine)) {
                    engine.turn().forEach(message -> deliver(engine, message));
                    beat(engine);
                }
            }
        }
    }

    void turnsFor(Duration time) {
        turns((int) (time.toMillis() / 2));
    }

    /** As the I/O thread's heartbeat does. */
    private void beat(LoopHarness engine) {
        if (areStatusesHeard && engine.status != null) {
            for (LoopHarness other : all) {
                if (other != engine) {
                    other.port.inbound.add(new Inbound.PeerStatus(engine.status));
                }
            }
        }
    }

    private void deliver(LoopHarness from, Outbound message) {
        if (message instanceof Outbound.ToPeer toPeer) {
            LoopHarness to = find(toPeer.engineId());
            sent.add(toPeer.command());
            for (int i = fault.copies(toPeer.command()); i > 0 && !isDead(to); i--) {
                to.port.inbound.add(
                        new Inbound.Command(
                                from.info.getIncarnationBytes(),
                                toPeer.command(),
                                toPeer.payload().duplicate()));
            }
        } else if (message instanceof Outbound.Answer answer) {
            LoopHarness to = findByConnection(answer.connection());
            sent.add(answer.command());
            for (int i = fault.copies(answer.command()); i > 0 && !isDead(to); i--) {
                to.port.inbound.add(
                        new Inbound.PeerAnswer(from.info.getEngineId(), answer.command()));
            }
        }
    }

    private boolean isDead(LoopHarness engine) {
        return dead.contains(engine.info.getEngineId());
    }

    private LoopHarness find(String engineId) {
        return all.stream()
                .filter(engine -> engine.info.getEngineId().equals(engineId))
                .findFirst()
                .orElseThrow();
    }

    private LoopHarness findByConnection(ByteString connection) {
        return all.stream()
                .filter(engine -> engine.info.getIncarnationBytes().equals(connection))
                .findFirst()
                .orElseThrow();
    }

    // ---- what the lane has heard, from whichever engine

    boolean isFinished(SequenceKey key) {
        return all.stream().anyMatch(engine -> engine.finished.containsKey(key));
    }

    FinishReason finish(SequenceKey key) {
        return all.stream()
                .filter(engine -> engine.finished.containsKey(key))
                .map(engine -> engine.finished.get(key))
                .findFirst()
                .orElse(FinishReason.NOT_FINISHED);
    }

    boolean isRefused(SequenceKey key) {
        return all.stream()
                .flatMap(engine -> engine.refused.stream())
                .anyMatch(refused -> refused.getKey().equals(key));
    }

    List<Integer> tokens(SequenceKey key) {
        Map<SequenceKey, List<Integer>> merged = new LinkedHashMap<>();
        for (LoopHarness engine : all) {
            for (TokenEvent event : engine.tokenEvents) {
                LoopHarness.merge(merged, event);
            }
        }
        return merged.getOrDefault(key, List.of());
    }

    /** What the same request gives on one engine alone. */
    static List<Integer> tokensAlone(int promptTokens, int maxTokens) {
        LoopHarness alone = LoopHarness.greeted();
        SequenceKey key = alone.submit("alone", promptTokens, maxTokens);
        alone.runUntilFinished(key);
        return alone.tokens.get(key);
    }

    void runUntilFinished(SequenceKey key) {
        for (int i = 0; i < 5_000 && !isFinished(key); i++) {
            turns(1);
        }
        if (!isFinished(key)) {
            throw new AssertionError(key + " did not finish; refused " + prefill.refused);
        }
        turns(5);
    }

    /** Whether every engine that lives holds nothing. */
    boolean areAllBlocksFree() {
        return all.stream()
                .filter(engine -> !isDead(engine))
                .allMatch(LoopHarness::areAllBlocksFree);
    }

    long count(EngineCommand.BodyCase body) {
        return sent.stream().filter(command -> command.getBodyCase() == body).count();
    }

    /** As an engine of an old incarnation would send it. */
    void replay(LoopHarness to, EngineCommand command, ByteString payload) {
        to.port.inbound.add(
                new Inbound.Command(
                        prefill.info.getIncarnationBytes(),
                        command.toBuilder().setVersion(Wire.VERSION).build(),
                        payload.asReadOnlyByteBuffer()));
    }
}
