package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CostProfile;
import dev.tropical.simulator.compose.ModelShape;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    void shouldComposeACostModelAndSaveItAsAProfile(@TempDir Path folder) throws Exception {
        Path tables = Path.of(ModelShape.class.getResource("a100_sxm.yaml").toURI()).getParent();
        Path profile = folder.resolve("profile.json");
        String[] composed = {
            "--model",
            "internlm2.5-20b",
            "--gpu",
            "a100_sxm",
            "--tp",
            "2",
            "--tables",
            tables.toString(),
            "--save-profile",
            profile.toString(),
            "--requests",
            "20"
        };
        assertThat(run(composed)).isZero();
        String first = out.toString().replaceAll("took.*", "");
        assertThat(CostProfile.read(profile).getA()).isBetween(0.005, 0.02);
        out.getBuffer().setLength(0);
        assertThat(run("--profile", profile.toString(), "--requests", "20")).isZero();
        assertThat(out.toString().replaceAll("took.*", "")).isEqualTo(first);
        assertThat(run("--model", "internlm2.5-20b")).isEqualTo(2);
        assertThat(err.toString()).contains("--model: (expected: --tables beside it");
    }

    @Test
    void shouldRunBurstsWithWrongPredictionsLateStatusesAndRolesThatFollow() {
        String[] options = {
            "--arrivals",
            "bursts",
            "--prediction-error",
            "0.7",
            "--status-delay",
            "50",
            "--role-switching",
            "--requests",
            "50"
        };
        assertThat(run(options)).isZero();
        assertThat(out.toString()).contains("50 requests");
        assertThat(run("--arrivals", "never")).isEqualTo(2);
        assertThat(run("--prediction-error", "0")).isEqualTo(2);
    }

    @Test
    void shouldRefuseWhatItDoesNotKnow() {
        assertThat(run("--mode", "fast")).isEqualTo(2);
        assertThat(err.toString()).contains("--mode: fast (expected: tropical, distserve");
        assertThat(run("--preset", "book")).isEqualTo(2);
    }
}
