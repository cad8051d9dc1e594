package dev.tropical.flink.dispatch;

import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.Ack;
import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.Attach;
import dev.tropical.protocol.wire.Begun;
import dev.tropical.protocol.wire.Cancel;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.HeldSequence;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.Inventory;
import dev.tropical.protocol.wire.Moved;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * An engine as the protocol describes it, without a model: a step makes one token of each sequence.
 * Its events wait in a queue until a test delivers, loses or repeats them.
 */
final class FakeEngine {
    /** What it says as token {@code offset} of a sequence. */
    interface Model {
        int token(Submit sequence, int offset);
    }

    private static final class Held {
        final Submit submit;
        final List<Integer> tokens = new ArrayList<>();
        int ackedOffset;
        boolean isFinished;

        Held(Submit submit) {
            this.submit = submit;
            tokens.addAll(submit.getGeneratedTokenIdsList());
            ackedOffset = tokens.size();
        }
    }

    final String id;
    final Queue<EngineEvent> outbox = new ArrayDeque<>();
    private final Model model;
    private final Map<SequenceKey, Held> held = new LinkedHashMap<>();
    private final Set<String> cancelled = new HashSet<>();
    private final Map<SequenceKey, String> movedTo = new HashMap<>();
    Role role = Role.DECODE;
    private long epoch = -1;
    private int starts = 1;

    FakeEngine(String id, Model model) {
        this.id = id;
        this.model = model;
    }

    void handle(EngineCommand command) {
        switch (command.getBodyCase()) {
            case HELLO -> hello(command.getHello());
            case SUBMIT -> submit(command.getSubmit());
            case CANCEL -> cancel(command.getCancel());
            case ACK -> ack(command.getAck());
            case ATTACH -> attach(command.getAttach());
            case SET_ROLE -> role = command.getSetRole().getRole();
            default -> throw new IllegalArgumentException("unexpected " + command);
        }
    }

    /** Makes the next token of each sequence that is not finished. */
    void step() {
        for (Held sequence : List.copyOf(held.values())) {
            if (!sequence.isFinished) {
                int offset = sequence.tokens.size();
                sequence.tokens.add(model.token(sequence.submit, offset));
                sequence.isFinished =
                        sequence.tokens.size() >= sequence.submit.getSampling().getMaxTokens();
                say(sequence, offset);
            }
        }
    }

    /** Hands a sequence to another engine; the tokens it made go along. */
    void move(SequenceKey key, FakeEngine to) {
        Held sequence = held.remove(key);
        if (sequence == null) {
            throw new IllegalArgumentException(id + " does not hold " + key);
        }
        movedTo.put(key, to.id);
        if (!to.isCancelled(key)) {
            to.held.put(key, sequence);
        }
        outbox.add(
                EngineEvent.newBuilder()
                        .setMoved(
                                Moved.newBuilder()
                                        .setKey(key)
                                        .setLane(sequence.submit.getLane())
                                        .setEpoch(epoch)
                                        .setToEngineId(to.id))
                        .build());
    }

    /** Loses a sequence and tells nobody. */
    void forget(SequenceKey key) {
        held.remove(key);
    }

    /** Ends the process: nothing of it is left. */
    void crash() {
        held.clear();
        cancelled.clear();
        movedTo.clear();
        outbox.clear();
        epoch = -1;
        starts++;
    }

    String incarnation() {
        return id + "-" + starts;
    }

    /** The lane that an event is for; any of an inventory's. */
    static int lane(EngineEvent event) {
        return switch (event.getBodyCase()) {
            case TOKENS -> event.getTokens().getLane();
            case MOVED -> event.getMoved().getLane();
            case REFUSED -> event.getRefused().getLane();
            case BEGUN -> event.getBegun().getLane();
            default -> event.getInventory().getLanes(0);
        };
    }

    Set<SequenceKey> holds() {
        return Set.copyOf(held.keySet());
    }

    List<SequenceKey> running() {
        return held.entrySet().stream()
                .filter(entry -> !entry.getValue().isFinished)
                .map(Map.Entry::getKey)
                .toList();
    }

    private void hello(Hello hello) {
        if (hello.getEpoch() < epoch) {
            return;
        }
        epoch = hello.getEpoch();
        Set<Integer> lanes = Set.copyOf(hello.getLanesList());
        outbox.removeIf(event -> lanes.contains(lane(event))); // their connection is gone
        Inventory.Builder inventory =
                Inventory.newBuilder().setEpoch(epoch).addAllLanes(hello.getLanesList());
        for (Held sequence : held.values()) {
            if (lanes.contains(sequence.submit.getLane())) {
                inventory.addSequences(
                        HeldSequence.newBuilder()
                                .setTokens(event(sequence, sequence.ackedOffset))
                                .setRequest(sequence.submit));
            }
        }
        outbox.add(EngineEvent.newBuilder().setInventory(inventory).build());
    }

    private void submit(Submit submit) {
        if (submit.getEpoch() != epoch) {
            refuse(submit.getKey(), submit.getLane(), RefusalCode.STALE_EPOCH);
        } else if (!isCancelled(submit.getKey())) {
            held.putIfAbsent(submit.getKey(), new Held(submit));
            outbox.add(
                    EngineEvent.newBuilder()
                            .setBegun(
                                    Begun.newBuilder()
                                            .setKey(submit.getKey())
                                            .setLane(submit.getLane())
                                            .setEpoch(epoch))
                            .build());
        }
    }

    private void cancel(Cancel cancel) {
        SequenceKey key = cancel.getKey();
        if (cancel.getEpoch() < epoch) {
            return;
        }
        cancelled.add(name(key, key.getAttempt()));
        held.keySet().removeIf(this::isCancelled);
    }

    private void ack(Ack ack) {
        if (ack.getEpoch() < epoch) {
            return;
        }
        for (AckedSequence acked : ack.getSequencesList()) {
            Held sequence = held.get(acked.getKey());
            if (sequence == null) {
                continue;
            }
            int durable = Math.min(acked.getOffset(), sequence.tokens.size());
            sequence.ackedOffset = Math.max(sequence.ackedOffset, durable);
            if (sequence.isFinished && sequence.ackedOffset == sequence.tokens.size()) {
                held.remove(acked.getKey());
            }
        }
    }

    private void attach(Attach attach) {
        Held sequence = held.get(attach.getKey());
        String newHolder = movedTo.get(attach.getKey());
        if (attach.getEpoch() != epoch) {
            refuse(attach.getKey(), attach.getLane(), RefusalCode.STALE_EPOCH);
        } else if (sequence != null) {
            say(sequence, Math.max(attach.getOffset(), sequence.ackedOffset));
        } else if (newHolder != null) {
            outbox.add(
                    EngineEvent.newBuilder()
                            .setMoved(
                                    Moved.newBuilder()
                                            .setKey(attach.getKey())
                                            .setLane(attach.getLane())
                                            .setEpoch(epoch)
                                            .setToEngineId(newHolder))
                            .build());
        } else {
            refuse(attach.getKey(), attach.getLane(), RefusalCode.UNKNOWN_SEQUENCE);
        }
    }

    void refuse(SequenceKey key, int lane, RefusalCode code) {
        held.remove(key);
        outbox.add(
                EngineEvent.newBuilder()
                        .setRefused(
                                Refused.newBuilder()
                                        .setKey(key)
                                        .setLane(lane)
                                        .setEpoch(epoch)
                                        .setCode(code))
                        .build());
    }

    private void say(Held sequence, int offset) {
        outbox.add(EngineEvent.newBuilder().setTokens(event(sequence, offset)).build());
    }

    private TokenEvent event(Held sequence, int offset) {
        return TokenEvent.newBuilder()
                .setKey(sequence.submit.getKey())
                .setLane(sequence.submit.getLane())
                .setEpoch(epoch)
                .setOffset(offset)
                .addAllTokenIds(sequence.tokens.subList(offset, sequence.tokens.size()))
                .setFinish(sequence.isFinished ? FinishReason.LENGTH : FinishReason.NOT_FINISHED)
                .setStopTokenId(-1)
                .build();
    }

    private boolean isCancelled(SequenceKey key) {
        return cancelled.contains(name(key, key.getAttempt()))
                || cancelled.contains(name(key, Wire.EVERY_ATTEMPT));
    }

    private static String name(SequenceKey key, int attempt) {
        return key.getRequestId() + "/" + key.getChoice() + "/" + attempt;
    }
}
