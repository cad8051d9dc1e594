package dev.tropical.cluster;

import dev.tropical.launch.ChildJvm;
import dev.tropical.launch.EngineClassPath;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What Flink's distribution would be: class path, configuration and command lines. Flink's own
 * scripts are no Maven artifact, so the options that they compute are spelled out here.
 *
 * @param lib folder of Flink's jars
 * @param jobJar the job's classes, which every process has from its start: loaded anew with each
 *     attempt of the job they would be compiled anew too, and that is most of what a restart costs
 * @param folder where configuration, logs and checkpoints go
 */
record FlinkHome(Path lib, Path jobJar, Path folder) {
    private static final String JOB_MANAGER =
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
    private static final String TASK_MANAGER =
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";

    /**
     * Flink as Maven laid it out under the project's root; the job's jar is copied into the folder,
     * as a build beside a running cluster writes it anew.
     */
    static FlinkHome in(Path folder) throws IOException {
        Path lib = EngineClassPath.home().resolve("jobs/flink-home/target/lib");
        if (!Files.isDirectory(lib)) {
            throw new IllegalStateException(
                    "no Flink in " + lib + " (expected: the project is built)");
        }
        Path home = Files.createDirectories(folder).toAbsolutePath().normalize();
        Path job = home.resolve("job.jar");
        Files.copy(InferenceSubmission.jar(), job, StandardCopyOption.REPLACE_EXISTING);
        return new FlinkHome(lib, job, home);
    }

    Path logs() {
        return folder.resolve("logs");
    }

    Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /**
     * Writes the configuration of every process.
     *
     * @param rpcPort of the JobManager; the ports are fixed, so that a restarted one is found again
     */
    void configure(String host, int rpcPort, int restPort, int slots) throws IOException {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.createDirectories(checkpoints());
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        Files.writeString(
                conf.resolve("config.yaml"),
                """
                jobmanager.rpc.address: %1$s
                jobmanager.rpc.port: %2$d
                jobmanager.bind-host: %1$s
                rest.address: %1$s
                rest.bind-address: %1$s
                rest.port: %3$d
                rest.bind-port: %3$d
                blob.server.port: "0"
                taskmanager.host: %1$s
                taskmanager.bind-host: %1$s
                taskmanager.numberOfTaskSlots: %4$d
                io.tmp.dirs: %5$s
                # The job's classes are on the class path.
                classloader.resolve-order: parent-first
                execution.checkpointing.dir: %6$s
                # A process that died is noticed within 1 s (two calls that fail), a machine that is gone
                # within 5.
                heartbeat.interval: 500
                heartbeat.timeout: 5000
                # Who looks for a JobManager that is just starting asks again soon (10 s otherwise).
                cluster.registration.error-delay: 500
                # A job takes the slots that are there when those of a lost TaskManager do not come back.
                slot.request.timeout: 60000
                """
                        .formatted(
                                host, rpcPort, restPort, slots, temporary, checkpoints().toUri()));
        Files.writeString(
                conf.resolve("log4j.properties"),
                """
                rootLogger.level = INFO
                rootLogger.appenderRef.console.ref = console
                appender.console.type = Console
                appender.console.name = console
                appender.console.layout.type = PatternLayout
                appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} [%t] %m%n
                logger.kafka.name = org.apache.kafka
                logger.kafka.level = WARN
                # Flink registers a sink's gauge of pending commits anew with each checkpoint.
                logger.metrics.name = org.apache.flink.metrics.MetricGroup
                logger.metrics.level = ERROR
                """);
    }

    List<String> jobManager() {
        List<String> command = java("-Xmx384m", "-XX:MaxMetaspaceSize=256m");
        command.addAll(List.of(ChildMain.class.getName(), JOB_MANAGER));
        command.addAll(configDir());
        command.addAll(List.of("--executionMode", "cluster"));
        return command;
    }

    /**
     * 320 MiB of heap, 32 MiB of network buffers (1,024 of them), no managed memory to speak of.
     *
     * @param name by which the JobManager knows it, before and after it was started again
     */
    List<String> taskManager(String name) {
        List<String> command =
                java("-Xmx320m", "-XX:MaxDirectMemorySize=224m", "-XX:MaxMetaspaceSize=256m");
        command.addAll(List.of(ChildMain.class.getName(), TASK_MANAGER));
        command.addAll(configDir());
        for (String setting :
                List.of(
                        "taskmanager.resource-id=" + name,
                        "taskmanager.cpu.cores=2.0",
                        "taskmanager.memory.framework.heap.size=64mb",
                        "taskmanager.memory.task.heap.size=256mb",
                        "taskmanager.memory.framework.off-heap.size=128mb",
                        "taskmanager.memory.task.off-heap.size=64mb",
                        "taskmanager.memory.network.min=32mb",
                        "taskmanager.memory.network.max=32mb",
                        "taskmanager.memory.managed.size=16mb",
                        "taskmanager.memory.jvm-metaspace.size=256mb",
                        "taskmanager.memory.jvm-overhead.min=192mb",
                        "taskmanager.memory.jvm-overhead.max=192mb")) {
            command.addAll(List.of("-D", setting));
        }
        return command;
    }

    private List<String> configDir() {
        return List.of("--configDir", folder.resolve("conf").toString());
    }

    private List<String> java(String... options) {
        List<String> command = ChildJvm.messengerCommand();
        command.add("-XX:+UseSerialGC");
        command.addAll(List.of(options));
        // Flink's reflection needs these; its scripts would set them.
        command.add("--add-opens=java.base/java.util=ALL-UNNAMED");
        command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
        command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
        command.add("-Djava.io.tmpdir=" + folder.resolve("tmp"));
        command.add("-Dlog4j.configurationFile=" + folder.resolve("conf/log4j.properties"));
        command.add("-cp");
        command.add(
                String.join(
                        File.pathSeparator,
                        lib.resolve("*").toString(),
                        jobJar.toString(),
                        ChildMain.classPath().toString()));
        return command;
    }
}
