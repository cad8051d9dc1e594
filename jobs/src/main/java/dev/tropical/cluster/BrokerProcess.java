package dev.tropical.cluster;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.LocalPorts;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.launch.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A Kafka broker beside a cluster, started again with its data when it dies. */
public final class BrokerProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final KafkaSettings kafka;
    private final ManagedProcess process;

    private BrokerProcess(KafkaSettings kafka, ManagedProcess process) {
        this.kafka = kafka;
        this.process = process;
    }

    /**
     * Starts the broker and waits until the topics are there.
     *
     * @param folder of data and log
     * @param port on 127.0.0.1, 0 for any
     * @throws IllegalStateException when it does not answer within a minute, or the port is in use
     */
    public static BrokerProcess start(Path folder, int port) throws IOException {
        int chosen = LocalPorts.free("Kafka", port);
        List<String> command = ChildJvm.messengerCommand();
        command.addAll(
                List.of(
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                        "-Dtropical.logs=" + folder.resolve("logs/broker"),
                        "-cp",
                        classPath(),
                        ChildMain.class.getName(),
                        BrokerMain.class.getName(),
                        folder.resolve("kafka").toString(),
                        Integer.toString(chosen)));
        KafkaSettings kafka = KafkaSettings.of("127.0.0.1:" + chosen);
        ManagedProcess process =
                ManagedProcess.start("broker", command, folder.resolve("logs/broker.log"));
        try {
            TopicAdmin.createTopics(kafka, TopicAdmin.DEFAULT_PARTITIONS, START_TIMEOUT);
            return new BrokerProcess(kafka, process);
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    public KafkaSettings kafka() {
        return kafka;
    }

    public ManagedProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
