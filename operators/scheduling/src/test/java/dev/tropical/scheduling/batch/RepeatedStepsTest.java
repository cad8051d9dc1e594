package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepCostModel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Steps that repeat the one in flight, taken at once. */
class RepeatedStepsTest {
    private static final int TOKEN = 1;
    private static final StepCostModel COST =
            new StepCostModel(StepCost.newBuilder().setA(0.01).setC1(1e-6).build());

    private final BlockPool pool = new BlockPool(12, 4, null);
    private final BatchScheduler scheduler =
            new BatchScheduler(TestLoop.config(64, 4, true), pool, new FakeRunner(12, 4));
    private long nowNs;

    private StepPlan schedule() {
        return scheduler.schedule(nowNs).orElseThrow();
    }

    private void step(StepPlan plan) {
        nowNs += 10;
        int[] tokens = new int[plan.entries().size()];
        Arrays.fill(tokens, TOKEN);
        scheduler.commit(new StepResult(plan.number(), tokens, List.of(), 10), nowNs);
    }

    private void add(String id, int promptTokens, int maxTokens) {
        scheduler.add(Requests.sequence(id, promptTokens, maxTokens));
    }

    private EngineStatus report() {
        EngineStatus.Builder status = EngineStatus.newBuilder();
        scheduler.report(status, COST, 0, nowNs);
        return status.build();
    }

    @Test
    void shouldLeaveWhatTheLoopWould() {
        RepeatedStepsTest loop = new RepeatedStepsTest();
        for (RepeatedStepsTest test : List.of(this, loop)) {
            test.add("a", 3, 12);
            test.add("b", 6, 8);
            test.step(test.schedule());
        }
        StepPlan plan = loop.schedule();
        for (int i = 0; i < 6; i++) {
            loop.step(plan);
            plan = loop.schedule();
        }
        schedule();
        assertThat(scheduler.repeats()).as("b's last of 8 tokens comes with the 7th").isEqualTo(6);
        nowNs += 60;
        assertThat(scheduler.commitRepeated(6, TOKEN, nowNs))
                .extracting(Sequence::generatedTokens)
                .containsExactly(7, 7);
        StepPlan next = schedule();
        assertThat(next.number()).isEqualTo(plan.number());
        assertThat(next.shape()).isEqualTo(plan.shape());
        assertThat(report()).isEqualTo(loop.report());
        scheduler.checkIntegrity();
        for (RepeatedStepsTest test : List.of(this, loop)) {
            test.step(test == this ? next : plan);
            assertThat(test.report().getFinishedTotal()).isEqualTo(1);
        }
        assertThat(report()).isEqualTo(loop.report());
    }

    @Test
    void shouldForeseeNothingWhileAPromptRunsOrWaits() {
        assertThat(scheduler.repeats()).as("no step in flight").isZero();
        add("a", 3, 12);
        StepPlan prompt = schedule();
        assertThat(scheduler.repeats()).as("a prompt in it").isZero();
        step(prompt);
        schedule();
        assertThat(scheduler.repeats()).isEqualTo(10);
        add("b", 3, 12);
        assertThat(scheduler.repeats()).as("another waits").isZero();
    }

    @Test
    void shouldForeseeNothingWhereATokenMayEndASequence() {
        scheduler.add(
                new Sequence(
                        Requests.builder("a", 3, 12)
                                .setSampling(
                                        Requests.builder("a", 3, 12).getSampling().toBuilder()
                                                .addStopTokenIds(7))
                                .build(),
                        0));
        step(schedule());
        schedule();
        assertThat(scheduler.repeats()).isZero();
    }

    @Test
    void shouldNotForeseeBeyondTheFreeBlocks() {
        add("a", 19, 100);
        add("b", 19, 100);
        step(schedule());
        schedule();
        // 12 blocks of 4: each holds 20 tokens in 5 and may take one block more, 4 tokens.
        int repeats = scheduler.repeats();
        assertThat(repeats).isBetween(1, 4);
        nowNs += 10L * repeats;
        scheduler.commitRepeated(repeats, TOKEN, nowNs);
        schedule();
        assertThat(report().getPreemptionsTotal()).isZero();
        scheduler.checkIntegrity();
    }

    @Test
    void shouldForeseeOneLessAfterEachThatHasPassed() {
        add("a", 19, 100);
        step(schedule());
        schedule();
        int repeats = scheduler.repeats();
        assertThat(repeats).as("the pool has 48 tokens").isBetween(20, 28);
        while (repeats > 0) {
            nowNs += 10;
            scheduler.commitRepeated(1, TOKEN, nowNs);
            schedule();
            repeats--;
            assertThat(scheduler.repeats()).isEqualTo(repeats);
        }
    }

    @Test
    void shouldRefuseMoreThanItForesees() {
        add("a", 3, 12);
        step(schedule());
        schedule();
        assertThatThrownBy(() -> scheduler.commitRepeated(11, TOKEN, nowNs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("11")
                .hasMessageContaining("10");
    }
}
