package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.cluster.ClusterJobs;
import dev.tropical.kafka.LocalPorts;
import dev.tropical.launch.EngineClassPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster by the commands that the README shows, each a process of its own. */
class ClusterITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir Path work;
    private final List<Cli> started = new ArrayList<>();
    private final String flink = "http://127.0.0.1:" + LocalPorts.free("Flink", 0);
    private final String kafka = "127.0.0.1:" + LocalPorts.free("Kafka", 0);

    @Test
    void shouldServeFromAClusterWhoseJobIsCancelledAndSubmittedAgain() throws Exception {
        List<String[]> commands = readmeCommands();
        try {
            Cli cluster = start("up;", startsOn(commands.get(0)));
            String first = find("job (\\S+) runs", run(commands.get(1)));
            Cli prefill = start("serves", commands.get(2));
            Cli decode = start("serves", commands.get(3));
            assertThat(run(commands.get(4))).isNotBlank();

            cancel(first);
            // On the same TaskManager: native libraries load a second time.
            assertThat(find("job (\\S+) runs", run(commands.get(1)))).isNotEqualTo(first);
            assertThat(run(commands.get(4))).isNotBlank();

            for (Cli engine : List.of(prefill, decode)) {
                engine.terminate();
                engine.awaitExit(60);
            }
            try (Cli status = Cli.start(work, "status", "--kafka", kafka)) {
                assertThat(status.awaitExit(60)).isEqualTo(1); // no engine is registered
            }
            run(in(commands.get(5)));
            cluster.awaitExit(60);
            assertThat(cluster.children()).isEmpty();
        } finally {
            started.forEach(Cli::close);
        }
    }

    @Test
    @Tag("long")
    void shouldLeaveNoProcessWhenTheClustersOwnIsKilled() throws Exception {
        try {
            Cli cluster = start("up;", startsOn("cluster", "start"));
            List<ProcessHandle> processes = cluster.children();
            assertThat(processes).hasSize(3); // broker, JobManager, TaskManager
            cluster.kill();
            await().atMost(PATIENCE)
                    .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
            // Nothing of it is in the way of the next one.
            assertThat(start("up;", startsOn("cluster", "start")).isAlive()).isTrue();
        } finally {
            started.forEach(Cli::close);
        }
    }

    /** The commands of the README's section, on free ports. */
    private List<String[]> readmeCommands() throws Exception {
        String readme = Files.readString(EngineClassPath.home().resolve("README.md"));
        String block = readme.split("## On a cluster")[1].split("```")[1];
        List<String[]> commands = new ArrayList<>();
        for (String line : block.strip().split("\n")) {
            String command = line.replaceAll("\\s+#.*", "").replace("./tropical ", "");
            commands.add(
                    Arrays.stream(command.split(" (?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"))
                            .map(word -> word.replace("\"", ""))
                            .map(word -> word.replace("http://127.0.0.1:8081", flink))
                            .map(word -> word.replace("127.0.0.1:9092", kafka))
                            .toArray(String[]::new));
        }
        assertThat(commands).hasSize(6);
        return commands;
    }

    private String[] in(String... command) {
        return with(command, "--dir", work.resolve("cluster").toString());
    }

    private String[] startsOn(String... command) {
        return with(in(command), "--ui-port", portOf(flink), "--kafka-port", portOf(kafka));
    }

    private static String[] with(String[] command, String... further) {
        return Stream.concat(Arrays.stream(command), Arrays.stream(further)).toArray(String[]::new);
    }

    private static String portOf(String address) {
        return address.replaceAll(".*:", "");
    }

    private Cli start(String ready, String... arguments) throws Exception {
        Path own = Files.createDirectory(work.resolve("work-" + started.size()));
        Cli cli = Cli.start(own, arguments);
        started.add(cli);
        await().atMost(PATIENCE).until(() -> cli.output().contains(ready) || !cli.isAlive());
        assertThat(cli.output()).contains(ready);
        return cli;
    }

    private void cancel(String job) throws Exception {
        try (ClusterJobs jobs = new ClusterJobs(flink)) {
            JobID id = JobID.fromHexString(job);
            jobs.cancel(id);
            await().atMost(PATIENCE)
                    .until(() -> jobs.status(id).orElseThrow().isGloballyTerminalState());
        }
    }

    private String run(String... arguments) throws Exception {
        try (Cli cli = Cli.start(work, arguments)) {
            assertThat(cli.awaitExit(120)).as(cli.output()).isZero();
            return cli.output();
        }
    }

    private static String find(String regex, String text) {
        Matcher matcher = Pattern.compile(regex).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }
}
