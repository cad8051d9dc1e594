package dev.tropical.kafka;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single-node Kafka in this process: broker and controller in one, on 127.0.0.1. Its threads are
 * Kafka's own and end in {@link #close}. The data directory outlives it and can be started again.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);
    private static final String HOST = "127.0.0.1";
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedKafka(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * Formats the data directory if it is new, and starts.
     *
     * @param port of the broker on 127.0.0.1; 0 takes a free one
     * @throws IllegalStateException when the port is in use (naming it), or the start fails
     */
    public static EmbeddedKafka start(Path dataDirectory, int port) {
        return start(dataDirectory, port, Map.of());
    }

    /**
     * As above.
     *
     * @param further settings of the broker, which win: its one listener for clients, PLAINTEXT,
     *     may be given another protocol, for instance
     */
    public static EmbeddedKafka start(Path dataDirectory, int port, Map<String, String> further) {
        int brokerPort = LocalPorts.free("Kafka", port);
        // KRaft needs it in the configuration: it cannot choose one itself.
        int controllerPort = LocalPorts.free("Kafka's controller", 0);
        KafkaRaftServer server = null;
        try {
            Files.createDirectories(dataDirectory);
            format(dataDirectory);
            Properties properties = config(dataDirectory, brokerPort, controllerPort);
            properties.putAll(further);
            server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafka(server, brokerPort);
        } catch (Exception e) {
            if (server != null) {
                shutDown(server);
            }
            throw new IllegalStateException(
                    "Kafka could not start on port "
                            + brokerPort
                            + " with data in "
                            + dataDirectory,
                    e);
        }
    }

    /** {@code 127.0.0.1:port}. */
    public String bootstrapServers() {
        return HOST + ":" + port;
    }

    /** Waits for the threads to end, at most 30 s. */
    @Override
    public void close() {
        shutDown(server);
    }

    // A thread of its own, because awaitShutdown() has no deadline.
    private static void shutDown(KafkaRaftServer server) {
        Thread shutdown =
                new Thread(
                        () -> {
                            server.shutdown();
                            server.awaitShutdown();
                        },
                        "embedded-kafka-shutdown");
        shutdown.setDaemon(true);
        shutdown.start();
        try {
            shutdown.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (shutdown.isAlive()) {
            LOG.warn("Kafka has not ended after {}; its threads are left behind", CLOSE_TIMEOUT);
        }
    }

    private static void format(Path data) throws Exception {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setPrintStream(
                        new PrintStream(
                                OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(data.toString())
                .addDirectory(data.toString())
                .setReleaseVersion(MetadataVersion.latestProduction())
                .run();
    }

    private static Properties config(Path data, int port, int controllerPort) {
        Properties p = new Properties();
        p.setProperty("process.roles", "broker,controller");
        p.setProperty("node.id", "1");
        p.setProperty("controller.listener.names", "CONTROLLER");
        p.setProperty(
                "listeners",
                "PLAINTEXT://%s:%d,CONTROLLER://%s:%d".formatted(HOST, port, HOST, controllerPort));
        p.setProperty("advertised.listeners", "PLAINTEXT://" + HOST + ":" + port);
        p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.setProperty("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
        p.setProperty("log.dirs", data.toString());
        p.setProperty("message.max.bytes", Integer.toString(KafkaSettings.MAX_RECORD_BYTES));
        p.setProperty("auto.create.topics.enable", "false");
        p.setProperty("default.replication.factor", "1");
        p.setProperty("group.initial.rebalance.delay.ms", "0");
        p.setProperty("controlled.shutdown.enable", "false");
        // It is let in again only when the session of its former life is over; but one that stands
        // still for longer loses its partitions for a moment.
        p.setProperty("broker.session.timeout.ms", "1500");
        p.setProperty("broker.heartbeat.interval.ms", "300");
        for (String topic :
                new String[] {
                    "offsets.topic", "transaction.state.log", "share.coordinator.state.topic"
                }) {
            p.setProperty(topic + ".replication.factor", "1");
            p.setProperty(topic + ".num.partitions", "1");
        }
        p.setProperty("transaction.state.log.min.isr", "1");
        p.setProperty("share.coordinator.state.topic.min.isr", "1");
        // One node on the user's own machine: few threads, and a cleaner buffer for a few thousand
        // keys instead of 128 MiB.
        p.setProperty("num.network.threads", "2");
        p.setProperty("num.io.threads", "2");
        p.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        return p;
    }
}
