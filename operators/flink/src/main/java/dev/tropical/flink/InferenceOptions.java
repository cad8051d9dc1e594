package dev.tropical.flink;

import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.flink.admit.AdmitOptions;
import dev.tropical.flink.dispatch.DispatchOptions;
import dev.tropical.flink.route.RouteOptions;
import dev.tropical.flink.text.ServedModel;
import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import java.util.List;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;

/**
 * How a job does inference. Immutable; made from a {@link Configuration} by {@link #from}.
 *
 * @param kafka which Kafka and which topics
 * @param groupId the job's consumer group and the prefix of its transactions
 * @param admit limits and models
 * @param route the policy and the cells
 * @param engines when an engine counts as lost
 * @param delivery how often a completion record may appear
 */
public record InferenceOptions(
        KafkaSettings kafka,
        String groupId,
        AdmitOptions admit,
        RouteOptions route,
        EngineClientOptions engines,
        Delivery delivery) {

    public InferenceOptions {
        Objects.requireNonNull(kafka, "kafka");
        Objects.requireNonNull(admit, "admit");
        Objects.requireNonNull(route, "route");
        Objects.requireNonNull(engines, "engines");
        Objects.requireNonNull(delivery, "delivery");
        if (groupId.isBlank()) {
            throw new IllegalArgumentException("groupId: '' (expected: a name)");
        }
        if (admit.cells() != route.cells()) {
            throw new IllegalArgumentException(
                    "cells: "
                            + admit.cells()
                            + " at admission, "
                            + route.cells()
                            + " at routing (expected: the same)");
        }
    }

    /**
     * The options of a configuration; keys are those of {@link InferenceConfigOptions}.
     *
     * @throws IllegalArgumentException naming the key that is unknown, missing or has an impossible
     *     value
     */
    public static InferenceOptions from(Configuration configuration) {
        return new OptionsReader(configuration).read();
    }

    /** The served models. */
    public List<ServedModel> models() {
        return admit.models();
    }

    DispatchOptions dispatch() {
        return new DispatchOptions(kafka, models(), engines, delivery, admit.rememberedIds());
    }
}
