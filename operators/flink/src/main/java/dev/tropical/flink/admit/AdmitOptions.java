package dev.tropical.flink.admit;

import dev.tropical.flink.text.ServedModel;
import dev.tropical.protocol.Lanes;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/**
 * How requests are admitted.
 *
 * @param models the served models; the first one serves requests that name none
 * @param cells number of cells, at least 1
 * @param maxBodyBytes largest request body
 * @param maxModelLen most tokens of prompt and completion together; 0 = the model's own context
 * @param defaultTtft time to first token of requests without one; zero = the router's default
 * @param defaultTpot time per output token of requests without one
 * @param rememberedIds most ids that are remembered, so that a repeated one is told from a new one;
 *     those of all lanes together
 */
public record AdmitOptions(
        List<ServedModel> models,
        int cells,
        int maxBodyBytes,
        int maxModelLen,
        Duration defaultTtft,
        Duration defaultTpot,
        int rememberedIds)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Half of the topic's max.message.bytes, so that an answer to an oversized body fits too. */
    public static final int DEFAULT_MAX_BODY_BYTES = 8 * 1024 * 1024;

    /** About 10 tokens/s: a fast reader's pace. */
    public static final Duration DEFAULT_TPOT = Duration.ofMillis(100);

    /**
     * 4,096 a lane. Of 48 bytes each, 25 MB over all TaskManagers, and with each checkpoint; a
     * day's at 5 requests a second.
     */
    public static final int DEFAULT_REMEMBERED_IDS = 4_096 * Lanes.COUNT;

    /** Well above what is under way: an ended id must not be forgotten here before in its lane. */
    public static final int LEAST_REMEMBERED_IDS = 512 * Lanes.COUNT;

    public AdmitOptions {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("models: none (expected: at least one)");
        }
        requireAtLeast("cells", cells, 1);
        requireAtLeast("maxBodyBytes", maxBodyBytes, 1);
        requireAtLeast("maxModelLen", maxModelLen, 0);
        requireAtLeast("defaultTtft, ns", defaultTtft.toNanos(), 0);
        requireAtLeast("defaultTpot, ns", defaultTpot.toNanos(), 0);
        requireAtLeast("rememberedIds", rememberedIds, LEAST_REMEMBERED_IDS);
    }

    /** Everything but models and cells at its default. */
    public static AdmitOptions of(List<ServedModel> models, int cells) {
        return new AdmitOptions(
                models,
                cells,
                DEFAULT_MAX_BODY_BYTES,
                0,
                Duration.ZERO,
                DEFAULT_TPOT,
                DEFAULT_REMEMBERED_IDS);
    }

    private static void requireAtLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: >= " + least + ")");
        }
    }
}
