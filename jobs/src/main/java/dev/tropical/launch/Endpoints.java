package dev.tropical.launch;

import dev.tropical.kafka.LocalPorts;
import dev.tropical.openai.GatewaySecurity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a local system listens.
 *
 * @param host the gateway's address to bind; everything else binds 127.0.0.1
 * @param gatewayPort 0 for any, {@link #NONE} for no gateway
 * @param kafkaPort the embedded broker's, 0 for any
 * @param uiPort Flink's REST API and web UI, 0 for any
 * @param externalKafka {@code host:port,...} of a Kafka to use instead of the embedded one
 * @param kafkaProperties of every Kafka client, beside the addresses
 * @param gatewaySecurity who may call the gateway
 */
public record Endpoints(
        String host,
        int gatewayPort,
        int kafkaPort,
        int uiPort,
        @Nullable String externalKafka,
        Map<String, String> kafkaProperties,
        GatewaySecurity gatewaySecurity) {
    public Endpoints {
        kafkaProperties = Map.copyOf(kafkaProperties);
    }

    /** In plain text and for everyone. */
    public Endpoints(
            String host, int gatewayPort, int kafkaPort, int uiPort, @Nullable String external) {
        this(host, gatewayPort, kafkaPort, uiPort, external, Map.of(), GatewaySecurity.OFF);
    }

    /** A gateway port that asks for no gateway. */
    public static final int NONE = -1;

    private static final String LOCAL = "127.0.0.1";

    /**
     * So that a start need not come as far as a server to find its port taken.
     *
     * @throws IllegalStateException when a port is in use (naming it)
     */
    void requireFreePorts() {
        if (externalKafka == null) {
            LocalPorts.requireFree("Kafka", LOCAL, kafkaPort);
        }
        LocalPorts.requireFree("Flink", LOCAL, uiPort);
        if (gatewayPort != NONE) {
            LocalPorts.requireFree("the gateway", host, gatewayPort);
        }
    }
}
