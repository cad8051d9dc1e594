package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.flink.text.ServedModel;
import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.Lanes;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What the lanes need.
 *
 * @param kafka where the registry and the completions are
 * @param models whose tokens are turned into text
 * @param engines when an engine counts as lost
 * @param delivery decides whether the completions are read as committed after a restart
 * @param rememberedIds most ids that admission remembers, of all lanes together
 */
public record DispatchOptions(
        KafkaSettings kafka,
        List<ServedModel> models,
        EngineClientOptions engines,
        Delivery delivery,
        int rememberedIds)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    public DispatchOptions {
        Objects.requireNonNull(kafka, "kafka");
        Objects.requireNonNull(engines, "engines");
        Objects.requireNonNull(delivery, "delivery");
        models = List.copyOf(models);
    }

    /**
     * Half as many as admission remembers: whatever that has forgotten, and lets in again, is a new
     * request here too.
     */
    int endedIdsPerLane() {
        return rememberedIds / Lanes.COUNT / 2;
    }
}
