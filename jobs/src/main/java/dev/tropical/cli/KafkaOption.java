package dev.tropical.cli;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the running system's topics are. */
final class KafkaOption {
    private static final Pattern ADDRESS = Pattern.compile("(.+):(\\d{1,5})");

    /** A broker that runs answers a connection at once. */
    private static final int CONNECT_MS = 2_000;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The running system's Kafka. Default: ${DEFAULT-VALUE}.")
    String bootstrapServers = "127.0.0.1:9092";

    @Mixin KafkaClientOptions client = new KafkaClientOptions();

    /**
     * Tries the addresses first: a Kafka client would try for half a minute before it said that
     * nobody is there.
     *
     * @throws UsageException when an address is none
     * @throws IllegalStateException when nobody listens at any of them
     */
    KafkaSettings settings() throws UsageException {
        Map<String, String> properties = client.all();
        String why = "";
        for (String server : bootstrapServers.split(",", -1)) {
            Matcher address = ADDRESS.matcher(server.strip());
            if (!address.matches() || Integer.parseInt(address.group(2)) > 65535) {
                throw new UsageException(
                        "--kafka: '" + server + "' (expected: HOST:PORT such as 127.0.0.1:9092)");
            }
            try (Socket socket = new Socket()) {
                int port = Integer.parseInt(address.group(2));
                socket.connect(new InetSocketAddress(address.group(1), port), CONNECT_MS);
                return new KafkaSettings(bootstrapServers, Topics.DEFAULT, properties);
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        throw new IllegalStateException(
                "no Kafka at "
                        + bootstrapServers
                        + ": "
                        + why
                        + " (expected: a running system, see tropical up)");
    }
}
