package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class LiveProgressTest {
    private final StringWriter printed = new StringWriter();
    private final LiveProgress progress =
            new LiveProgress(new PrintWriter(printed), true, "run", 4);

    @Test
    void shouldShowTheAttainmentSoFarOfWhatIsMeasured() {
        progress.ended(Requests.warmUp(Requests.done(0, 0, null, 500)));
        progress.ended(Requests.done(1, 3.25, null, 50));
        progress.ended(Requests.missed(2, Outcome.REJECTED));
        assertThat(progress.line(4))
                .isEqualTo(
                        "run [##################......] 4/4 sent, 3 ended, 1 in flight,"
                                + " attained 50.0 %, late at most 3.3 ms");
    }

    @Test
    void shouldSayNothingOfAnAttainmentThatIsNotKnown() {
        progress.print(0, System.nanoTime());
        assertThat(printed.toString()).startsWith("\rrun [").contains("attained -");
    }
}
