package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Submit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Step n + 1 is scheduled before step n's tokens are known. */
class OverlappedLoopTest {
    private final TestLoop loop = TestLoop.of(TestLoop.config(100, 4, true));

    @Test
    void shouldContinueADecodeWhoseTokenIsNotKnownYet() {
        Sequence sequence = loop.add("a", 5, 9);
        loop.launch();
        StepPlan.Entry entry = loop.launch().orElseThrow().entries().get(0);
        assertThat(entry.isContinuation()).isTrue();
        assertThat(entry.start()).isEqualTo(5);
        loop.commit();
        loop.commit();
        assertThat(Requests.generated(sequence))
                .isEqualTo(Requests.expected(sequence.request(), 100).subList(0, 2));
        StepPlan.Entry known = loop.launch().orElseThrow().entries().get(0);
        assertThat(known.isContinuation()).isFalse();
        assertThat(known.tokenIds()).containsExactly(sequence.generated(1));
    }

    @Test
    void shouldDiscardWhatWasSampledAfterAStop() {
        Submit.Builder submit = Requests.builder("a", 5, 9);
        int stop = Requests.expected(submit.build(), 100).get(0);
        submit.getSamplingBuilder().addStopTokenIds(stop);
        Sequence sequence = new Sequence(submit.build(), 0);
        loop.scheduler.add(sequence);
        loop.launch();
        loop.launch();
        List<Outcome> outcomes = loop.commit();
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.get(0).finish()).isEqualTo(FinishReason.STOP);
        assertThat(sequence.stopTokenId()).isEqualTo(stop);
        assertThat(loop.pool.used()).as("step 2 may still write").isEqualTo(2);
        assertThat(loop.commit()).isEmpty();
        assertThat(loop.pool.used()).isZero();
        assertThat(sequence.generatedTokens()).isEqualTo(1);
    }

    @Test
    void shouldNotSpeculateBeyondMaxTokens() {
        loop.add("a", 5, 1);
        loop.launch();
        assertThat(loop.launch()).isEmpty();
        loop.commit();
        assertThat(loop.scheduler.isIdle()).isTrue();
    }

    @Test
    void shouldNotSpeculateBeyondTheLongestSequence() {
        TestLoop small = new TestLoop(TestLoop.config(100, 4, true), 2, 4, false);
        Sequence sequence = small.add("a", 7, 9);
        small.launch();
        assertThat(small.launch()).isEmpty();
        assertThat(small.commit().get(0).finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(sequence.size()).isEqualTo(8);
    }

    @Test
    void shouldHoldACancelledSequencesBlocksUntilItsStepIsDone() {
        Sequence sequence = loop.add("a", 5, 9);
        loop.launch();
        loop.scheduler.cancel(sequence.key());
        assertThat(loop.pool.used()).isEqualTo(2);
        assertThat(loop.commit()).isEmpty();
        assertThat(loop.pool.used()).isZero();
    }

    @Test
    void shouldKeepTheTokenOfASequencePreemptedWhileItWasSampled() {
        TestLoop small = new TestLoop(TestLoop.config(100, 4, true), 4, 4, false);
        Sequence oldest = small.add("a", 6, 9);
        Sequence newest = small.add("b", 6, 9);
        while (newest.preemptions() == 0) {
            if (small.scheduler.stepsInFlight() == 2) {
                small.commit();
            }
            small.launch();
        }
        int known = newest.generatedTokens();
        assertThat(newest.pendingTokens()).isEqualTo(1);
        small.commit();
        assertThat(newest.generatedTokens()).isEqualTo(known + 1);
        while (!small.scheduler.isIdle()) {
            if (small.launch().isEmpty() || small.scheduler.stepsInFlight() == 2) {
                small.commit();
            }
        }
        for (Sequence sequence : List.of(oldest, newest)) {
            assertThat(Requests.generated(sequence))
                    .isEqualTo(Requests.expected(sequence.request(), 16));
        }
    }

    @Test
    void shouldNotCountAnEarlierRunsChunkAfterAPreemption() {
        TestLoop small = new TestLoop(TestLoop.config(6, 4, true), 9, 4, false);
        Sequence oldest = small.add("a", 4, 20);
        Reservation other =
                small.scheduler
                        .reserve(Requests.key("x"), 12, 4, List.of(), oldest.slo(), 0)
                        .orElseThrow();
        for (int i = 0; i < 4; i++) {
            small.step();
        }
        Sequence newest = small.add("b", 10, 1);
        assertThat(TestLoop.lengths(small.launch().orElseThrow())).containsExactly(1, 5);
        assertThat(small.launch()).as("a waits for the preempted b's blocks").isEmpty();
        small.scheduler.release(other);
        assertThat(TestLoop.lengths(small.launch().orElseThrow())).containsExactly(1, 5);
        small.commit();
        assertThat(newest.preemptions()).isEqualTo(1);
        assertThat(newest.computedTokens()).as("the first run's 5 are gone").isZero();
        small.commit();
        assertThat(newest.computedTokens()).isEqualTo(5);
    }

    @Test
    void shouldRefuseAThirdStepInFlight() {
        loop.add("a", 5, 9);
        loop.launch();
        loop.launch();
        assertThatThrownBy(loop::launch).hasMessageContaining("2 steps are in flight");
    }

    @Test
    void shouldRefuseResultsOutOfOrder() {
        loop.add("a", 5, 9);
        loop.launch();
        loop.launch();
        StepResult second = new StepResult(2, new int[] {1}, List.of(), 1);
        assertThatThrownBy(() -> loop.scheduler.commit(second, 0))
                .hasMessage("commit: step 2 of 1 entries (expected: 1 of 1)");
    }
}
