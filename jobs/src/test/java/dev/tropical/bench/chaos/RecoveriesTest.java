package dev.tropical.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.chaos.ChaosBench.Run;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RecoveriesTest {
    private static final long MS = 1_000_000;

    private static final long NO_NEXT = Long.MAX_VALUE;

    @Test
    void shouldMeasureToTheEndOfTheLongestSilenceAfterTheFault() {
        TreeSet<Long> tokens = new TreeSet<>(List.of(90 * MS, 110 * MS, 700 * MS, 720 * MS));
        assertThat(Recoveries.endOfLongestSilenceMs(100 * MS, NO_NEXT, tokens)).isEqualTo(600);
    }

    @Test
    void shouldLeaveTheNextFaultItsSilence() {
        TreeSet<Long> tokens = new TreeSet<>(List.of(150 * MS, 160 * MS, 300 * MS, 900 * MS));
        assertThat(Recoveries.endOfLongestSilenceMs(100 * MS, 200 * MS, tokens)).isEqualTo(50);
        assertThat(Recoveries.endOfLongestSilenceMs(100 * MS, 400 * MS, tokens)).isEqualTo(200);
        assertThat(Recoveries.endOfLongestSilenceMs(100 * MS, 600 * MS, tokens)).isEqualTo(800);
    }

    @Test
    void shouldFeelNothingWhenNoTokenIsMissing() {
        assertThat(Recoveries.endOfLongestSilenceMs(100 * MS, NO_NEXT, new TreeSet<>())).isZero();
    }

    @Test
    void shouldMeasureAnEngineByTheRequestsThatItHeld() {
        long beforeNs = System.nanoTime();
        RequestTrace theirs = trace("decode-0");
        RequestTrace others = trace("decode-1");
        Fault fault = new Fault(FaultKind.DECODE_KILLED, "decode-0", System.nanoTime());
        for (RequestTrace trace : List.of(theirs, others)) {
            trace.onEvent(new Chunk(0, 1, List.of(7), "b", List.of()));
            trace.onEvent(new Ending(null, null, timings(trace == theirs ? "decode-0" : "other")));
        }
        assertThat(theirs.recoveryMs(fault, NO_NEXT)).isPositive();
        assertThat(others.recoveryMs(fault, NO_NEXT)).isNegative();
        Fault early = new Fault(FaultKind.DECODE_KILLED, "decode-0", beforeNs - MS);
        assertThat(theirs.recoveryMs(early, NO_NEXT)).isNegative();
    }

    @Test
    void shouldCountWhatEnginesGeneratedAndNobodyRead() {
        RequestTrace two = trace("decode-0");
        two.onEvent(new Chunk(0, 1, List.of(7, 8), "bc", List.of()));
        Run run = new Run(List.of(), List.of(two, trace("decode-1")));
        assertThat(run.recomputed(100, 104)).isZero();
        assertThat(run.recomputed(100, 109)).isEqualTo(5);
    }

    private static RequestTrace trace(String engine) {
        RequestTrace trace = new RequestTrace(0, System.nanoTime(), ns -> {});
        trace.onEvent(new Chunk(0, 0, List.of(3), engine, List.of()));
        return trace;
    }

    private static String timings(String engine) {
        return "{\"engines\":[\"" + engine + "\"]}";
    }
}
