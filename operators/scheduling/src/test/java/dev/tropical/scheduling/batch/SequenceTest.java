package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.Submit;
import org.junit.jupiter.api.Test;

class SequenceTest {
    private static final long TPOT_NS = 100;

    private static Submit.Builder timed(long tpotNs) {
        return Requests.builder("a", 3, 9).setSlo(Slo.newBuilder().setTpotNs(tpotNs));
    }

    @Test
    void shouldSaveSlackWithEachTokenAndSpendItWithTime() {
        Submit submit =
                timed(TPOT_NS).addGeneratedTokenIds(7).setFirstTokenAgeNs(50).setAgeNs(80).build();
        Sequence sequence = new Sequence(submit, 1_000);
        assertThat(sequence.slackNs(1_000)).isEqualTo(950 + TPOT_NS - 1_000);
        sequence.append(8, 1_030, 100);
        assertThat(sequence.slackNs(1_030)).isEqualTo(950 + 2 * TPOT_NS - 1_030);
        assertThat(sequence.slackNs(9_950)).as("late").isNegative();
        assertThat(sequence.ageNs(1_030)).isEqualTo(110);
        assertThat(sequence.firstTokenAgeNs(1_030)).isEqualTo(80);
    }

    @Test
    void shouldHaveNoSlackToCountBeforeItsFirstTokenOrWithoutAnObjective() {
        assertThat(new Sequence(timed(TPOT_NS).build(), 5).slackNs(5)).isEqualTo(Long.MAX_VALUE);
        Sequence free = new Sequence(timed(0).addGeneratedTokenIds(7).build(), 5);
        assertThat(free.slackNs(5)).isEqualTo(Long.MAX_VALUE);
        assertThat(free.firstTokenAgeNs(5)).isEqualTo(-1);
    }

    @Test
    void shouldEndByStopTokenOnlyFromMinTokensOn() {
        SamplingParams sampling =
                SamplingParams.newBuilder()
                        .setMaxTokens(9)
                        .setMinTokens(2)
                        .addStopTokenIds(5)
                        .build();
        StopCheck check = new StopCheck(sampling);
        assertThat(check.check(5, 1)).isEqualTo(FinishReason.NOT_FINISHED);
        assertThat(check.check(5, 2)).isEqualTo(FinishReason.STOP);
        assertThat(check.check(6, 8)).isEqualTo(FinishReason.NOT_FINISHED);
        assertThat(check.check(6, 9)).isEqualTo(FinishReason.LENGTH);
        assertThat(check.check(5, 9))
                .as("a stop at the limit is a stop")
                .isEqualTo(FinishReason.STOP);
    }

    @Test
    void shouldIgnoreEndOfSequenceWhenAskedToButNotStopTokens() {
        SamplingParams.Builder sampling =
                SamplingParams.newBuilder().setMaxTokens(9).addEosTokenIds(3).addStopTokenIds(5);
        assertThat(new StopCheck(sampling.build()).check(3, 1)).isEqualTo(FinishReason.STOP);
        StopCheck ignoring = new StopCheck(sampling.setIgnoreEos(true).build());
        assertThat(ignoring.check(3, 1)).isEqualTo(FinishReason.NOT_FINISHED);
        assertThat(ignoring.check(5, 1)).isEqualTo(FinishReason.STOP);
    }

    @Test
    void shouldRefuseForbiddenTransitions() {
        Sequence sequence = Requests.sequence("a", 3, 9);
        assertThatThrownBy(() -> sequence.transitionTo(SequenceState.PARKED))
                .hasMessageContaining("a/0#0 WAITING -> PARKED (expected: one of");
        sequence.end(FinishReason.CANCELLED);
        for (SequenceState next : SequenceState.values()) {
            assertThatThrownBy(() -> sequence.transitionTo(next)).hasMessageContaining("FINISHED");
        }
    }

    @Test
    void shouldRefuseARequestWithNothingToDo() {
        assertThatThrownBy(() -> Requests.sequence("a", 0, 9))
                .hasMessageContaining("prompt_token_ids: none");
        Submit done = Requests.builder("a", 3, 1).addGeneratedTokenIds(4).build();
        assertThatThrownBy(() -> new Sequence(done, 0))
                .hasMessage("max_tokens: 1 (expected: more than the 1 generated)");
    }

    @Test
    void shouldCountAnEarlierAttemptsTokensAgainstMaxTokens() {
        TestLoop loop = TestLoop.of(TestLoop.config(100, 4, true));
        Submit retried =
                Requests.builder("a", 3, 3).addGeneratedTokenIds(4).addGeneratedTokenIds(5).build();
        Sequence sequence = new Sequence(retried, 0);
        loop.scheduler.add(sequence);
        assertThat(loop.step()).containsExactly(5);
        assertThat(sequence.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(sequence.generated(2)).hasSize(1);
    }
}
