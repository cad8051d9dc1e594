package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps in flight, oldest first, and what their results do to their sequences. */
final class LaunchedSteps {
    static final int MAX_IN_FLIGHT = 2;

    /** A sequence in a step; {@code run} tells whether it was preempted since. */
    private record Part(Sequence sequence, int run) {}

    private record Step(StepPlan plan, List<Part> parts) {}

    private final Residents residents;
    private final KvBlocks kv;
    private final int maxSequenceTokens;
    private final ArrayDeque<Step> inFlight = new ArrayDeque<>();
    private long generatedTokens;
    private long promptTokens;

    LaunchedSteps(Residents residents, KvBlocks kv, int maxSequenceTokens) {
        this.residents = residents;
        this.kv = kv;
        this.maxSequenceTokens = maxSequenceTokens;
    }

    int count() {
        return inFlight.size();
    }

    /** Tokens appended since the start. */
    long generatedTokens() {
        return generatedTokens;
    }

    /** Prompt tokens computed since the start, again after a preemption too. */
    long promptTokens() {
        return promptTokens;
    }

    void add(StepPlan plan, List<Sequence> sequences) {
        List<Part> parts = new ArrayList<>(sequences.size());
        for (Sequence sequence : sequences) {
            parts.add(new Part(sequence, sequence.preemptions()));
        }
        inFlight.addLast(new Step(plan, parts));
    }

    /** As {@link BatchScheduler#commit}. */
    List<Outcome> commit(StepResult result, long nowNs) {
        Step step = removeOldest(result);
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < step.parts.size(); i++) {
            Part part = step.parts.get(i);
            StepPlan.Entry entry = step.plan.entries().get(i);
            applyKv(part, entry);
            if (entry.isSampled()) {
                @Nullable Outcome outcome = applySample(part.sequence, result, i, nowNs);
                if (outcome != null) {
                    outcomes.add(outcome);
                }
            }
        }
        kv.onCommitted(result.number());
        return outcomes;
    }

    // ---- steps that repeat

    /** As {@link BatchScheduler#repeats}. */
    int repeats(int budget) {
        @Nullable Step step = inFlight.peekFirst();
        if (step == null
                || inFlight.size() > 1
                || !residents.waiting().isEmpty()
                || residents.running().size() != step.parts.size()
                || step.parts.size() > budget
                || kv.deferred() > 0) {
            return 0;
        }
        int repeats = Integer.MAX_VALUE;
        for (Part part : step.parts) {
            repeats = Math.min(repeats, part.sequence.tokensLeft(maxSequenceTokens) - 1);
        }
        return withinBlocks(step, Math.max(0, repeats));
    }

    /** The most that the free blocks allow: so what is left after some of them is exactly less. */
    private int withinBlocks(Step step, int atMost) {
        int enough = 0;
        int tooMany = atMost + 1;
        while (tooMany - enough > 1) {
            int middle = enough + (tooMany - enough) / 2;
            if (hasBlocks(step, middle)) {
                enough = middle;
            } else {
                tooMany = middle;
            }
        }
        return enough;
    }

    private boolean hasBlocks(Step step, int repeats) {
        long missing = 0;
        for (Part part : step.parts) {
            missing += kv.missing(part.sequence, repeats);
        }
        return missing <= kv.free();
    }

    /** As {@link BatchScheduler#commitRepeated}. */
    List<Sequence> commitRepeated(int steps, int tokenId, long nowNs) {
        Step step = inFlight.removeFirst();
        List<Sequence> sequences = new ArrayList<>(step.parts.size());
        for (Part part : step.parts) {
            part.sequence.repeat(steps, tokenId, nowNs);
            kv.cover(part.sequence);
            kv.publish(part.sequence);
            sequences.add(part.sequence);
        }
        generatedTokens += (long) steps * sequences.size();
        kv.onCommitted(step.plan.number() + steps - 1);
        return sequences;
    }

    private Step removeOldest(StepResult result) {
        @Nullable Step step = inFlight.peekFirst();
        int entries = result.sampledTokenIds().length;
        if (step == null || step.plan.number() != result.number() || step.parts.size() != entries) {
            String expected =
                    step == null ? "none" : step.plan.number() + " of " + step.parts.size();
            throw new IllegalArgumentException(
                    "commit: step "
                            + result.number()
                            + " of "
                            + entries
                            + " entries (expected: "
                            + expected
                            + ")");
        }
        for (int i = 0; i < entries; i++) {
            int tokenId = result.sampledTokenIds()[i];
            if (step.plan.entries().get(i).isSampled() && tokenId < 0) {
                throw new IllegalArgumentException(
                        step.parts.get(i).sequence
                                + ": sampled "
                                + tokenId
                                + " (expected: a token id)");
            }
        }
        return inFlight.removeFirst();
    }

    private void applyKv(Part part, StepPlan.Entry entry) {
        Sequence sequence = part.sequence;
        boolean isRunning =
                sequence.state() == SequenceState.PREFILLING
                        || sequence.state() == SequenceState.DECODING;
        if (isRunning && part.run == sequence.preemptions()) {
            int end = entry.start() + entry.length();
            promptTokens += Math.max(0, Math.min(end, sequence.promptTokens()) - entry.start());
            sequence.computedTo(end);
            kv.publish(sequence);
        }
    }

    private @Nullable Outcome applySample(
            Sequence sequence, StepResult result, int index, long nowNs) {
        if (sequence.finish() != FinishReason.NOT_FINISHED) {
            sequence.discardSample();
            return null;
        }
        int tokenId = result.sampledTokenIds()[index];
        FinishReason finish = sequence.append(tokenId, nowNs, maxSequenceTokens);
        generatedTokens++;
        if (finish != FinishReason.NOT_FINISHED) {
            residents.end(sequence, finish);
        } else if (sequence.state() == SequenceState.PREFILLING) {
            if (sequence.isForPeer()) {
                residents.park(sequence);
            } else {
                sequence.transitionTo(SequenceState.DECODING);
            }
        }
        TokenLogprobs logprobs =
                result.logprobs().isEmpty()
                        ? TokenLogprobs.getDefaultInstance()
                        : result.logprobs().get(index);
        return new Outcome(
                sequence,
                sequence.generatedTokens() - 1,
                tokenId,
                logprobs,
                result.promptLogprobs().getOrDefault(index, List.of()),
                finish);
    }
}
