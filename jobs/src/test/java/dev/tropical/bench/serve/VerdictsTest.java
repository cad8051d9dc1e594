package dev.tropical.bench.serve;

import static dev.tropical.bench.serve.Requests.MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VerdictsTest {
    /** Due every 10 ms from 0 on; the first belongs to the warm-up. */
    private final List<RequestProbe> probes =
            IntStream.range(0, 4)
                    .mapToObj(
                            i ->
                                    new RequestProbe(
                                            "id" + i,
                                            Requests.request("r" + i, 10L * i, 1),
                                            i == 0,
                                            10L * i * MS,
                                            ended -> {}))
                    .toList();

    private final Verdicts verdicts = new Verdicts(probes);

    private static StopRule counts(int attained, int known) {
        return (isAttained, isKnown) -> isAttained == attained && isKnown == known;
    }

    private void answer(int number) {
        probes.get(number).tokens(50 * MS, 1);
        probes.get(number).done(null);
    }

    @Test
    void shouldCountNothingBehindARequestWhoseFateIsOpen() {
        answer(0);
        answer(2);
        answer(3);
        verdicts.update(60 * MS);
        assertThat(verdicts.satisfy(counts(0, 0))).as("the warm-up's does not count").isTrue();
        assertThat(verdicts.knownUntilNs()).isEqualTo(10 * MS);
        verdicts.update(111 * MS);
        assertThat(verdicts.satisfy(counts(2, 3))).as("r1 is late by now").isTrue();
        assertThat(verdicts.knownUntilNs()).isEqualTo(Long.MAX_VALUE);
    }
}
