package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler on a {@link FakeRunner}, driven as an engine's loop drives it, plain or overlapped.
 * Checks what must hold after every event.
 */
final class SimulatedEngine {
    final BatchConfig config;
    final BlockPool pool;
    final FakeRunner runner;
    final BatchScheduler scheduler;
    final boolean isOverlapped;
    final Map<SequenceKey, Sequence> ended = new HashMap<>();
    private final Set<SequenceKey> cancelled = new HashSet<>();
    long nowNs;
    long steps;

    SimulatedEngine(
            BatchConfig config,
            int numBlocks,
            int blockSize,
            @Nullable PrefixCache cache,
            boolean isOverlapped) {
        this.config = config;
        this.pool = new BlockPool(numBlocks, blockSize, cache);
        this.runner = new FakeRunner(numBlocks, blockSize);
        this.scheduler = new BatchScheduler(config, pool, runner);
        this.isOverlapped = isOverlapped;
    }

    static SimulatedEngine random(Random random, boolean isOverlapped, boolean hasCache) {
        int maxNumSeqs = 1 + random.nextInt(8);
        BatchConfig config =
                new BatchConfig(
                        maxNumSeqs + random.nextInt(24),
                        maxNumSeqs,
                        20 + random.nextInt(80),
                        random.nextBoolean(),
                        random.nextInt(3) == 0 ? 1 : Integer.MAX_VALUE,
                        random.nextInt(3));
        int blockSize = 1 << random.nextInt(4);
        int numBlocks = 3 + random.nextInt(20);
        PrefixCache cache = hasCache ? new PrefixCache("model") : null;
        return new SimulatedEngine(config, numBlocks, blockSize, cache, isOverlapped);
    }

    int maxSequenceTokens() {
        return Math.min(config.maxModelLen(), pool.total() * pool.blockSize());
    }

    void add(Submit submit) {
        scheduler.add(new Sequence(submit, nowNs));
        check();
    }

    void cancel(SequenceKey key) {
        scheduler
                .cancel(key)
                .ifPresent(
                        sequence -> {
                            assertThat(sequence.finish()).isEqualTo(FinishReason.CANCELLED);
                            cancelled.add(key);
                            end(sequence);
                        });
        check();
    }

    boolean wasCancelled(SequenceKey key) {
        return cancelled.contains(key);
    }

    /** One turn of the loop. Returns whether it did anything. */
    boolean turn() {
        nowNs += 1_000;
        Optional<StepPlan> plan = scheduler.schedule(nowNs);
        plan.ifPresent(this::launch);
        check();
        boolean isFull = !isOverlapped || scheduler.stepsInFlight() == 2 || plan.isEmpty();
        if (isFull && scheduler.stepsInFlight() > 0) {
            commit();
            return true;
        }
        return plan.isPresent();
    }

    private void launch(StepPlan plan) {
        int tokens = 0;
        Set<Integer> seen = new HashSet<>();
        for (StepPlan.Entry entry : plan.entries()) {
            tokens += entry.length();
            assertThat(seen.add(entry.slot())).as("one entry a slot").isTrue();
            int needed = pool.blocksFor(entry.start() + entry.length());
            assertThat(entry.blockTable()).hasSize(needed);
        }
        assertThat(tokens).as("budget").isLessThanOrEqualTo(config.maxNumBatchedTokens());
        runner.launch(plan);
        steps++;
    }

    private void commit() {
        List<Outcome> outcomes = scheduler.commit(runner.complete(), nowNs);
        for (Outcome outcome : outcomes) {
            Sequence sequence = outcome.sequence();
            assertThat(outcome.tokenOffset()).isEqualTo(sequence.generatedTokens() - 1);
            assertThat(ended).doesNotContainKey(sequence.key());
            if (outcome.isFinished()) {
                end(sequence);
            }
        }
        check();
    }

    private void end(Sequence sequence) {
        assertThat(ended.put(sequence.key(), sequence)).as("ends once").isNull();
    }

    void check() {
        scheduler.checkIntegrity();
        assertThat(pool.free() + pool.used()).isEqualTo(pool.total());
    }
}
