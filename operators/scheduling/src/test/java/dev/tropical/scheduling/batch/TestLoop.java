package dev.tropical.scheduling.batch;

import java.util.List;
import java.util.Optional;

/** A scheduler and a fake runner, moved by hand, step by step. */
final class TestLoop {
    static final int MAX_MODEL_LEN = 1_000;

    final BlockPool pool;
    final FakeRunner runner;
    final BatchScheduler scheduler;
    long nowNs;

    TestLoop(BatchConfig config, int numBlocks, int blockSize, boolean hasCache) {
        pool = new BlockPool(numBlocks, blockSize, hasCache ? new PrefixCache("model") : null);
        runner = new FakeRunner(numBlocks, blockSize);
        scheduler = new BatchScheduler(config, pool, runner);
    }

    static TestLoop of(BatchConfig config) {
        return new TestLoop(config, 64, 4, false);
    }

    static BatchConfig config(int budget, int maxNumSeqs, boolean isChunked) {
        return new BatchConfig(budget, maxNumSeqs, MAX_MODEL_LEN, isChunked, Integer.MAX_VALUE, 0);
    }

    Sequence add(String id, int promptTokens, int maxTokens) {
        Sequence sequence = new Sequence(Requests.submit(id, promptTokens, maxTokens), nowNs);
        scheduler.add(sequence);
        return sequence;
    }

    /** Schedules and launches. */
    Optional<StepPlan> launch() {
        Optional<StepPlan> plan = scheduler.schedule(nowNs);
        plan.ifPresent(runner::launch);
        scheduler.checkIntegrity();
        return plan;
    }

    List<Outcome> commit() {
        List<Outcome> outcomes = scheduler.commit(runner.complete(), nowNs);
        scheduler.checkIntegrity();
        return outcomes;
    }

    /** A whole step of the plain loop: the plan's lengths, entry by entry. */
    List<Integer> step() {
        List<Integer> lengths = launch().map(TestLoop::lengths).orElse(List.of());
        if (!lengths.isEmpty()) {
            commit();
        }
        return lengths;
    }

    static List<Integer> lengths(StepPlan plan) {
        return plan.entries().stream().map(StepPlan.Entry::length).toList();
    }
}
