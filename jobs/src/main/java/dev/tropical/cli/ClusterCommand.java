package dev.tropical.cli;

import dev.tropical.cluster.BrokerProcess;
import dev.tropical.cluster.FlinkCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A standalone Flink cluster, and a broker, as processes of this machine. */
@Command(
        name = "cluster",
        description = "A standalone Flink cluster on this machine: tropical cluster start|stop.",
        subcommands = {ClusterCommand.Start.class, ClusterCommand.Stop.class})
final class ClusterCommand {
    private static final String PID = "cluster.pid";

    /** Where the cluster keeps what outlives it. */
    static final class Folder {
        @Option(
                names = "--dir",
                description =
                        "Folder of configuration, logs, checkpoints and topics. Default:"
                                + " ~/.tropical/cluster.")
        @Nullable Path dir;

        Path path() {
            Path folder =
                    dir == null
                            ? Path.of(System.getProperty("user.home"), ".tropical", "cluster")
                            : dir;
            return folder.toAbsolutePath().normalize();
        }

        /** Says that this process's cluster runs here. */
        void claim() throws IOException {
            Files.createDirectories(path());
            Files.writeString(path().resolve(PID), mark(ProcessHandle.current()));
        }

        /** The process that claimed the folder and still runs; not one that has its number now. */
        Optional<ProcessHandle> running() throws IOException {
            Path file = path().resolve(PID);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            String mark = Files.readString(file).strip();
            return ProcessHandle.allProcesses()
                    .filter(process -> mark(process).equals(mark))
                    .findFirst();
        }

        private static String mark(ProcessHandle process) {
            return process.pid()
                    + " "
                    + process.info().startInstant().map(Object::toString).orElse("");
        }
    }

    /** Starts it and stays until Ctrl-C or {@code cluster stop}. */
    @Command(
            name = "start",
            description =
                    "Start JobManager, TaskManagers and a Kafka broker; Ctrl-C or cluster stop ends"
                            + " them. Each is started again when it dies.")
    static final class Start implements Callable<Integer> {
        @picocli.CommandLine.Mixin Folder folder;
        @Spec CommandSpec spec;

        @Option(names = "--task-managers", description = "Default: ${DEFAULT-VALUE}.")
        int taskManagers = 1;

        @Option(names = "--slots", description = "Of each TaskManager. Default: ${DEFAULT-VALUE}.")
        int slots = 2;

        @Option(
                names = "--ui-port",
                description = "REST API and web UI, 0 for any. Default: ${DEFAULT-VALUE}.")
        int uiPort = 8081;

        @Option(
                names = "--kafka-port",
                description = "The broker's port, 0 for any. Default: ${DEFAULT-VALUE}.")
        int kafkaPort = 9092;

        @Option(names = "--no-kafka", description = "Start no broker: Kafka runs elsewhere.")
        boolean isWithoutKafka;

        @Override
        public Integer call() throws Exception {
            Expect.between("--task-managers", taskManagers, 1, 64);
            Expect.between("--slots", slots, 1, 128);
            Expect.port("--ui-port", uiPort);
            Expect.port("--kafka-port", kafkaPort);
            Optional<ProcessHandle> running = folder.running();
            if (running.isPresent()) {
                throw new UsageException(
                        "--dir: "
                                + folder.path()
                                + " belongs to a cluster that runs as process "
                                + running.get().pid());
            }
            folder.claim();
            PrintWriter out = spec.commandLine().getOut();
            return UntilStopped.run("cluster start", out, () -> start(out));
        }

        private AutoCloseable start(PrintWriter out) throws Exception {
            BrokerProcess broker =
                    isWithoutKafka ? null : BrokerProcess.start(folder.path(), kafkaPort);
            try {
                FlinkCluster flink = FlinkCluster.start(folder.path(), taskManagers, slots, uiPort);
                out.printf("flink        %s%n", flink.address());
                if (broker != null) {
                    out.printf("kafka        %s%n", broker.kafka().bootstrapServers());
                }
                out.printf("logs         %s%n", flink.logs());
                out.println("up; Ctrl-C or tropical cluster stop ends it");
                return () -> close(flink, broker);
            } catch (Exception e) {
                close(null, broker);
                throw e;
            }
        }

        private void close(@Nullable FlinkCluster flink, @Nullable BrokerProcess broker)
                throws IOException {
            if (flink != null) {
                flink.close();
            }
            if (broker != null) {
                broker.close();
            }
            Files.deleteIfExists(folder.path().resolve(PID));
        }
    }

    /** Ends a cluster that another shell started. */
    @Command(name = "stop", description = "End the cluster that cluster start runs.")
    static final class Stop implements Callable<Integer> {
        private static final Duration TIMEOUT = Duration.ofSeconds(40);

        @picocli.CommandLine.Mixin Folder folder;
        @Spec CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            ProcessHandle running =
                    folder.running()
                            .orElseThrow(
                                    () ->
                                            new IllegalStateException(
                                                    "no cluster runs in " + folder.path()));
            running.destroy();
            try {
                running.onExit().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException(
                        "process "
                                + running.pid()
                                + " still runs after "
                                + TIMEOUT.toSeconds()
                                + " s",
                        e);
            }
            spec.commandLine().getOut().println("stopped");
            return 0;
        }
    }
}
