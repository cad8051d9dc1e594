package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load on paced engines: each step takes 10 ms, so that what must come out is known. */
@Tag("long")
class LoadBenchITCase {
    private static final int PATIENCE_SECONDS = 300;

    @TempDir Path work;
    private Path workload;

    @BeforeEach
    void writeWorkload() throws IOException {
        workload = work.resolve("lengths.csv");
        Files.writeString(workload, "arrival_ms,prompt_tokens,output_tokens\n0,40,8\n0,90,12\n");
    }

    private List<String> load(String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--workload", workload.toString()));
        arguments.addAll(List.of("--requests", "30", "--ttft-ms", "5000", "--tpot-ms", "500"));
        return arguments;
    }

    private String run(List<String> arguments) throws Exception {
        try (Cli cli = Cli.start(work, arguments.toArray(new String[0]))) {
            assertThat(cli.awaitExit(PATIENCE_SECONDS)).as(cli.output()).isZero();
            return cli.output();
        }
    }

    @Test
    void shouldCompareAllSystemsOnTheSameEnginesAndGoOnLater() throws Exception {
        Path profile = work.resolve("profile.json");
        Files.writeString(
                profile, "{\"a\":0.01,\"a_pf\":0,\"c_pf\":0,\"c_attn\":0,\"c0\":0,\"c1\":0}");
        Path out = work.resolve("out");
        List<String> compare = load("bench", "compare", "--rates", "20", "--out", out.toString());
        compare.addAll(List.of("--device", "paced", "--step-ms", "10", "--partition-id", "1"));
        compare.addAll(List.of("--replica-spec", "1,1", "1,1", "--max-prompt-tokens", "1000"));
        compare.addAll(List.of("--profile", profile.toString()));
        String first = run(compare);
        for (String system :
                List.of("vllm", "vllm-chunked-512", "distserve", "distserve-sjf", "tropical")) {
            assertThat(first).contains("RESULT compare." + system + ".20.000.0.attained=1.0000");
        }
        assertThat(Files.readString(out.resolve("report.md")))
                .contains("| tropical | 100.0 +- ", "### distserve-sjf");
        compare.addAll(List.of("--resume", "--seeds", "2", "--systems", "tropical"));
        assertThat(run(compare))
                .contains("tropical at 20.000, seed 0: kept from an earlier run")
                .contains("RESULT compare.tropical.20.000.1.attained=1.0000");
    }

    @Test
    void shouldMeasureARunningSystemByItsTopicsAndByItsGateway() throws Exception {
        List<String> paced = List.of("--device", "paced", "--step-ms", "10");
        List<String> up = new ArrayList<>(List.of("up", "--kafka-port", "0", "--ui-port", "0"));
        up.addAll(List.of("--port", "0"));
        up.addAll(paced);
        try (Cli system = Cli.start(work, up.toArray(new String[0]))) {
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> system.output().contains("Ctrl-C") || !system.isAlive());
            String kafka = find("kafka +(\\S+)", system.output());
            String gateway = find("gateway +(http\\S+)", system.output());
            String records = work.resolve("serve").toString();
            List<String> serve = load("bench", "serve", "--rate", "20", "--out", records);
            List<String> overHttp = new ArrayList<>(serve);
            serve.addAll(List.of("--kafka", kafka));
            overHttp.addAll(List.of("--base-url", gateway + "/v1"));
            overHttp.addAll(List.of("--served-model-name", "tropical-tiny"));
            assertThat(run(serve))
                    .contains("30 requests: 100.0 % attained", "0 shortened", "queueing  ");
            assertThat(run(overHttp))
                    .contains("30 requests: 100.0 % attained", "0 shortened", "not known");
        }
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }
}
