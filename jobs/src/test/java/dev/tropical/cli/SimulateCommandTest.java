package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SimulateCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Tropical.commandLine();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        String[] all = new String[arguments.length + 1];
        all[0] = "simulate";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return line.execute(all);
    }

    @Test
    void shouldRunOneSystemAtOneRate() {
        assertThat(run("--mode", "tropical", "--rate", "1.2", "--requests", "50")).isZero();
        assertThat(out.toString())
                .contains("tropical at 1.20 requests/s, 50 requests, 1 cells:")
                .contains("ttft ")
                .contains("multiplexed=");
    }

    @Test
    void shouldPrintThePaperPresetBesideThePublishedNumbers() {
        assertThat(run("--preset", "mooncake", "--requests", "20", "--seeds", "1", "--no-goodput"))
                .isZero();
        assertThat(out.toString())
                .contains("### Tropical", "### DistServe", "### vLLM", "### vLLM chunked")
                .contains("| published | 99.5 | 99.7 | 98.5 | 97.2 | 95.9 | 87.0 |")
                .doesNotContain("Goodput");
    }

    @Test
    void shouldDealRequestsToCells() {
        assertThat(
                        run(
                                "--engines",
                                "12",
                                "--cell-size",
                                "4",
                                "--workload",
                                "azure-code",
                                "--requests",
                                "90"))
                .isZero();
        assertThat(out.toString()).contains("tropical at 12.00 requests/s, 90 requests, 3 cells:");
    }

    @Test
    void shouldRefuseWhatItDoesNotKnow() {
        assertThat(run("--mode", "fast")).isEqualTo(2);
        assertThat(err.toString()).contains("--mode: fast (expected: tropical, distserve");
        assertThat(run("--preset", "book")).isEqualTo(2);
    }
}
