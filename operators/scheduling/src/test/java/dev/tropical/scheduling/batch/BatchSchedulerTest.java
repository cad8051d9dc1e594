package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Submit;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchSchedulerTest {
    @Test
    void shouldPutDecodesBeforeChunksOfPrompts() {
        TestLoop loop = TestLoop.of(TestLoop.config(10, 4, true));
        Sequence first = loop.add("a", 8, 20);
        assertThat(loop.step()).containsExactly(8);
        loop.add("b", 15, 20);
        StepPlan plan = loop.launch().orElseThrow();
        assertThat(TestLoop.lengths(plan)).containsExactly(1, 9);
        assertThat(plan.entries().get(0).slot()).isEqualTo(first.slot());
        assertThat(plan.entries().get(0).isSampled()).isTrue();
        assertThat(plan.entries().get(1).isSampled()).isFalse();
        loop.commit();
        assertThat(loop.step()).containsExactly(1, 6);
    }

    @Test
    void shouldFillTheBudgetWithSeveralPrompts() {
        TestLoop loop = TestLoop.of(TestLoop.config(20, 4, true));
        loop.add("a", 8, 1);
        loop.add("b", 8, 1);
        loop.add("c", 8, 1);
        assertThat(loop.step()).containsExactly(8, 8, 4);
        assertThat(loop.step()).containsExactly(4);
        assertThat(loop.scheduler.isIdle()).isTrue();
    }

    @Test
    void shouldKeepAPromptWholeWithoutChunkedPrefill() {
        TestLoop loop = TestLoop.of(TestLoop.config(20, 4, false));
        loop.add("a", 8, 9);
        loop.add("b", 15, 9);
        assertThat(loop.step()).containsExactly(8);
        assertThat(loop.step()).as("alone, since it did not fit").containsExactly(15);
        assertThat(loop.step()).containsExactly(1, 1);
    }

    @Test
    void shouldLetDecodesGoOnBetweenPromptsThatRunAlone() {
        TestLoop loop = TestLoop.of(TestLoop.config(20, 4, false));
        loop.add("a", 1, 9);
        loop.step();
        loop.add("b", 20, 9);
        loop.add("c", 20, 9);
        assertThat(loop.step()).containsExactly(1);
        assertThat(loop.step()).containsExactly(20);
        assertThat(loop.step()).containsExactly(1, 1);
        assertThat(loop.step()).containsExactly(20);
    }

    @Test
    void shouldSplitOnlyAPromptBeyondTheBudgetWithoutChunkedPrefill() {
        TestLoop loop = TestLoop.of(TestLoop.config(10, 4, false));
        loop.add("a", 25, 2);
        loop.add("b", 5, 2);
        assertThat(loop.step()).containsExactly(10);
        assertThat(loop.step()).containsExactly(10);
        assertThat(loop.step()).containsExactly(5);
        assertThat(loop.step()).containsExactly(1, 5);
    }

    @Test
    void shouldRunOnePromptAtATime() {
        BatchConfig config = new BatchConfig(100, 4, 100, true, 1, 0);
        TestLoop loop = TestLoop.of(config);
        loop.add("a", 8, 5);
        loop.add("b", 8, 5);
        assertThat(loop.step()).containsExactly(8);
        assertThat(loop.step()).containsExactly(1, 8);
    }

    @Test
    void shouldLetDecodesWaitWherePromptsGoFirst() {
        TestLoop loop = TestLoop.of(new BatchConfig(100, 4, 100, false, 4, 0, true));
        loop.add("a", 8, 5);
        assertThat(loop.step()).containsExactly(8);
        loop.add("b", 6, 5);
        assertThat(loop.step()).as("a's decode waits").containsExactly(6);
        assertThat(loop.step()).containsExactly(1, 1);
    }

    @Test
    void shouldAdmitNoMoreThanThereAreSlots() {
        TestLoop loop = TestLoop.of(TestLoop.config(100, 2, true));
        loop.add("a", 4, 3);
        loop.add("b", 4, 3);
        loop.add("c", 4, 3);
        assertThat(loop.step()).containsExactly(4, 4);
        loop.step();
        loop.step();
        assertThat(loop.step()).containsExactly(4);
    }

    @Test
    void shouldAdmitOnlyWhenAllBlocksOfAPromptAreFree() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 4, 4, false);
        Sequence first = loop.add("a", 8, 2);
        Sequence second = loop.add("b", 4, 1);
        // 8 + 1 tokens take 3 of the 4 blocks, 4 + 1 would take 2.
        assertThat(loop.step()).containsExactly(8);
        assertThat(second.state()).isEqualTo(SequenceState.WAITING);
        loop.step();
        assertThat(first.state()).isEqualTo(SequenceState.FINISHED);
        assertThat(loop.step()).containsExactly(4);
    }

    @Test
    void shouldLeaveTheWatermarkFreeWhileAnythingRuns() {
        BatchConfig config = new BatchConfig(100, 4, 100, true, 9, 2);
        TestLoop loop = new TestLoop(config, 5, 4, false);
        loop.add("a", 5, 3);
        loop.add("b", 4, 3);
        assertThat(loop.step()).as("1 block would be left").containsExactly(5);
    }

    @Test
    void shouldPreemptTheNewestWhenThePoolIsEmpty() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 4, 4, false);
        Sequence oldest = loop.add("a", 6, 9);
        Sequence newest = loop.add("b", 6, 9);
        loop.step();
        loop.add("c", 1, 1);
        loop.step();
        loop.step();
        assertThat(loop.step()).as("both need their third block").containsExactly(1);
        assertThat(newest.state()).isEqualTo(SequenceState.WAITING);
        assertThat(newest.preemptions()).isEqualTo(1);
        assertThat(newest.generatedTokens()).as("kept").isEqualTo(3);
        assertThat(oldest.state()).isEqualTo(SequenceState.DECODING);
        while (oldest.state() == SequenceState.DECODING) {
            loop.step();
        }
        assertThat(loop.step()).as("recomputed as prompt, before c").containsExactly(9, 1);
        while (!loop.scheduler.isIdle()) {
            loop.step();
        }
        assertThat(Requests.generated(newest))
                .isEqualTo(Requests.expected(Requests.submit("b", 6, 9), 16));
    }

    @Test
    void shouldEndAtThePoolsSizeRatherThanPreemptItselfForEver() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 2, 4, false);
        Sequence only = loop.add("a", 5, 50);
        for (int i = 0; i < 3; i++) {
            loop.step();
        }
        assertThat(only.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(only.size()).isEqualTo(8);
        assertThat(loop.scheduler.isIdle()).isTrue();
    }

    @Test
    void shouldRefuseWhatCanNeverFit() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 2, 4, false);
        assertThat(loop.scheduler.canEverFit(7)).isTrue();
        assertThat(loop.scheduler.canEverFit(8)).isFalse();
        assertThatThrownBy(() -> loop.add("a", 8, 1))
                .hasMessageContaining("8 tokens (expected: fewer than 8)");
    }

    @Test
    void shouldRefuseAKeyTwice() {
        TestLoop loop = TestLoop.of(TestLoop.config(100, 4, true));
        loop.add("a", 8, 1);
        assertThatThrownBy(() -> loop.add("a", 8, 1)).hasMessageContaining("is here already");
    }

    @Test
    void shouldFreeEverythingOnCancelInAnyState() {
        TestLoop loop = TestLoop.of(TestLoop.config(10, 2, true));
        Sequence decoding = loop.add("a", 4, 9);
        loop.step();
        Sequence prefilling = loop.add("b", 30, 9);
        loop.step();
        Sequence waiting = loop.add("c", 4, 9);
        for (Sequence sequence : List.of(waiting, prefilling, decoding)) {
            assertThat(loop.scheduler.cancel(sequence.key())).contains(sequence);
            assertThat(sequence.finish()).isEqualTo(FinishReason.CANCELLED);
            assertThat(loop.scheduler.cancel(sequence.key())).isEmpty();
        }
        assertThat(loop.scheduler.isIdle()).isTrue();
        assertThat(loop.pool.used()).isZero();
    }

    @Test
    void shouldShareCachedPrefixes() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 64, 4, true);
        Submit first = Requests.submit("a", 10, 20);
        Submit second = first.toBuilder().setKey(Requests.key("b")).build();
        loop.scheduler.add(new Sequence(first, 0));
        loop.step();
        Sequence sharing = new Sequence(second, 0);
        loop.scheduler.add(sharing);
        assertThat(loop.step()).as("two of three blocks are known").containsExactly(1, 2);
        assertThat(sharing.timings().getCachedTokens()).isEqualTo(8);
        assertThat(loop.pool.used()).isEqualTo(3 + 1);
    }

    @Test
    void shouldComputeAtLeastOneTokenOfAWhollyCachedPrompt() {
        TestLoop loop = new TestLoop(TestLoop.config(100, 4, true), 64, 4, true);
        Submit first = Requests.submit("a", 8, 1);
        loop.scheduler.add(new Sequence(first, 0));
        loop.step();
        loop.scheduler.add(new Sequence(first, 0));
        assertThat(loop.step()).containsExactly(4);
    }

    @Test
    void shouldKeepResidentsAfterAChangeOfLimits() {
        TestLoop loop = TestLoop.of(TestLoop.config(100, 4, true));
        loop.add("a", 4, 9);
        loop.add("b", 4, 9);
        loop.step();
        loop.scheduler.configure(TestLoop.config(10, 1, true));
        loop.add("c", 4, 9);
        assertThat(loop.step()).containsExactly(1, 1);
        assertThatThrownBy(() -> loop.scheduler.configure(TestLoop.config(10, 5, true)))
                .hasMessageContaining("maxNumSeqs <= 4");
    }
}
