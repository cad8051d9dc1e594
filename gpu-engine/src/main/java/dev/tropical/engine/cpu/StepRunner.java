package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.sampling.Candidates;
import dev.tropical.engine.sampling.PromptScorer;
import dev.tropical.engine.sampling.Sampled;
import dev.tropical.engine.sampling.SequenceSampler;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns step plans into slices, runs them and samples. Owned by the device thread. */
final class StepRunner {
    private final Transformer transformer;
    private final WorkerPool workers;
    private final Slice slice;
    private final @Nullable SequenceSampler[] samplers;

    /** [slots] of sequences whose prompt is to be scored. */
    private final @Nullable PromptScorer[] scorers;

    /** [slots] what each slot's previous step sampled. */
    private final int[] lastTokens;

    /** [workers] each one's memory for draws. */
    private final Candidates[] candidates;

    private final int vocabSize;

    StepRunner(ModelSpec spec, Transformer transformer, WorkerPool workers) {
        this.transformer = transformer;
        this.workers = workers;
        this.slice = new Slice(Math.min(Transformer.MAX_SLICE_TOKENS, spec.maxStepTokens()));
        this.samplers = new SequenceSampler[spec.maxNumSeqs()];
        this.scorers = new PromptScorer[spec.maxNumSeqs()];
        this.lastTokens = new int[spec.maxNumSeqs()];
        this.vocabSize = spec.vocabSize();
        this.candidates = new Candidates[workers.size()];
        Arrays.setAll(candidates, worker -> new Candidates(vocabSize));
    }

    void bind(int slot, SequenceSampler sampler, @Nullable PromptScorer scorer) {
        samplers[slot] = sampler;
        scorers[slot] = scorer;
    }

    void release(int slot) {
        samplers[slot] = null;
        scorers[slot] = null;
    }

    StepResult run(StepPlan plan) {
        long startNs = System.nanoTime();
        Sampled[] drawn = new Sampled[plan.entries().size()];
        slice.clear();
        for (int i = 0; i < plan.entries().size(); i++) {
            StepPlan.Entry entry = plan.entries().get(i);
            for (int token = 0; token < entry.length(); token++) {
                if (slice.isFull()) {
                    runSlice(plan, drawn);
                }
                int position = entry.start() + token;
                slice.add(tokenId(entry, token), position, entry.blockTable());
                PromptScorer scorer = scorers[entry.slot()];
                if (scorer != null && scorer.scores(position)) {
                    slice.sampleLast(i);
                }
            }
            if (entry.isSampled()) {
                slice.sampleLast(i);
            }
        }
        runSlice(plan, drawn);
        return result(plan, drawn, System.nanoTime() - startNs);
    }

    private int tokenId(StepPlan.Entry entry, int token) {
        int id = entry.isContinuation() ? lastTokens[entry.slot()] : entry.tokenIds()[token];
        if (id < 0 || id >= vocabSize) {
            throw new IllegalArgumentException(
                    "slot "
                            + entry.slot()
                            + ": token "
                            + id
                            + " (expected: in [0, "
                            + vocabSize
                            + "))");
        }
        return id;
    }

    private void runSlice(StepPlan plan, Sampled[] drawn) {
        transformer.forward(slice);
        for (int from = 0; from < slice.sampledCount; from += transformer.logitRows()) {
            int first = from;
            int count = Math.min(transformer.logitRows(), slice.sampledCount - first);
            float[] logits = transformer.logits(slice, first, first + count);
            workers.run(
                    count,
                    (row, worker) -> {
                        int entry = slice.sampledEntries[first + row];
                        int slot = plan.entries().get(entry).slot();
                        int position = slice.positions[slice.sampled[first + row]];
                        int offset = row * transformer.logitsStride();
                        PromptScorer scorer = scorers[slot];
                        if (scorer != null && scorer.scores(position)) {
                            scorer.score(position, logits, offset);
                            return;
                        }
                        Sampled sampled =
                                Objects.requireNonNull(samplers[slot])
                                        .sample(logits, offset, candidates[worker]);
                        lastTokens[slot] = sampled.tokenId();
                        drawn[entry] = sampled;
                    });
        }
        slice.clear();
    }

    private StepResult result(StepPlan plan, @Nullable Sampled[] drawn, long durationNs) {
        int[] tokenIds = new int[drawn.length];
        List<TokenLogprobs> logprobs = new ArrayList<>(drawn.length);
        boolean hasLogprobs = false;
        for (int i = 0; i < drawn.length; i++) {
            Sampled sampled = drawn[i];
            tokenIds[i] = sampled == null ? -1 : sampled.tokenId();
            TokenLogprobs own = sampled == null ? null : sampled.logprobs();
            hasLogprobs |= own != null;
            logprobs.add(own == null ? TokenLogprobs.getDefaultInstance() : own);
        }
        return new StepResult(
                plan.number(),
                tokenIds,
                hasLogprobs ? logprobs : List.of(),
                scoredPrompts(plan),
                durationNs);
    }

    /** Of the sequences whose prompt this step has brought to its end; once. */
    private Map<Integer, List<TokenLogprobs>> scoredPrompts(StepPlan plan) {
        Map<Integer, List<TokenLogprobs>> scored = new HashMap<>();
        for (int i = 0; i < plan.entries().size(); i++) {
            StepPlan.Entry entry = plan.entries().get(i);
            PromptScorer scorer = scorers[entry.slot()];
            if (entry.isSampled() && scorer != null) {
                scored.put(i, scorer.all());
                scorers[entry.slot()] = null;
            }
        }
        return scored;
    }
}
