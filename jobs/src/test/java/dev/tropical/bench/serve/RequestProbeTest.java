package dev.tropical.bench.serve;

import static dev.tropical.bench.serve.Requests.MS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.serve.Verdicts.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestProbeTest {
    private static final long DUE_NS = 1_000 * MS;

    private final List<RequestProbe> ended = new ArrayList<>();
    private final RequestProbe probe =
            new RequestProbe("id", Requests.request("r", 0, 3), false, DUE_NS, ended::add);

    @Test
    void shouldCountFromTheInstantAtWhichTheRequestWasDueNotFromThatOfSending() {
        probe.sent(DUE_NS + 40 * MS);
        probe.tokens(DUE_NS + 90 * MS, 1);
        probe.tokens(DUE_NS + 100 * MS, 2);
        probe.done(null);
        RequestRecord record = probe.record();
        assertThat(record.lateMs()).isEqualTo(40);
        assertThat(record.chunkMs()).containsExactly(90, 100);
        assertThat(record.chunkTokens()).containsExactly(1, 2);
        assertThat(record.result().ttftNs()).isEqualTo(90 * MS);
        assertThat(record.result().tpotNs()).as("10 ms over 2 gaps").isEqualTo(5 * MS);
        assertThat(ended).containsExactly(probe);
    }

    @Test
    void shouldChangeNoMoreWhenItIsOver() {
        probe.tokens(DUE_NS + MS, 1);
        probe.failed(Outcome.UNFINISHED, "cut", null);
        probe.tokens(DUE_NS + 2 * MS, 2);
        probe.done(null);
        assertThat(probe.record().outcome()).isEqualTo(Outcome.UNFINISHED);
        assertThat(probe.record().tokens()).isEqualTo(1);
        assertThat(probe.record().result().isAttained()).isFalse();
        assertThat(ended).hasSize(1);
    }

    @Test
    void shouldKnowALateFirstTokenBeforeTheEnd() {
        assertThat(probe.verdict(DUE_NS + 100 * MS)).isEqualTo(Verdict.OPEN);
        assertThat(probe.verdict(DUE_NS + 101 * MS)).isEqualTo(Verdict.MISSED);
        probe.tokens(DUE_NS + 90 * MS, 3);
        assertThat(probe.verdict(DUE_NS + 101 * MS))
                .as("in time after all")
                .isEqualTo(Verdict.OPEN);
        probe.done(null);
        assertThat(probe.verdict(DUE_NS + 101 * MS)).isEqualTo(Verdict.ATTAINED);
    }

    @Test
    void shouldHoldMorePiecesThanItBeganWith() {
        for (int i = 0; i < 100; i++) {
            probe.tokens(DUE_NS + i * MS, 1);
        }
        probe.done(null);
        assertThat(probe.record().chunkMs()).hasSize(100).endsWith(99);
    }
}
