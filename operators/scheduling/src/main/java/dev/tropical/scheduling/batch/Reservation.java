package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;

/**
 * Blocks that a sequence of another engine will move into. Ends by {@link BatchScheduler#adopt} or
 * {@link BatchScheduler#release}; its deadline is the engine's matter.
 *
 * @param key the sequence
 * @param promptTokens counted among the residents' at once
 * @param blockTable the blocks to write into, in the order of the sequence's positions
 * @param cachedBlocks leading blocks that hold their KV already: not to be written
 * @param slo counted among the residents' at once
 */
public record Reservation(
        SequenceKey key, int promptTokens, int[] blockTable, int cachedBlocks, Slo slo) {}
