package dev.tropical.engine.model;

import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Runs a model's forward passes and samples. Owns weights, KV pool and each slot's sampling state.
 *
 * <p>All methods are called by the engine's loop thread. {@link #bind}, {@link #release} and {@link
 * #launch} take effect in the order of the calls, so the loop may prepare a step while another
 * runs.
 */
public interface ModelRunner extends AutoCloseable {

    /** Shapes and limits; fixed after construction. */
    ModelSpec spec();

    /** Type of the numbers in a KV block. */
    default DType kvType() {
        return DType.F32;
    }

    /** Whether it fills {@link StepResult#promptLogprobs}. */
    default boolean scoresPrompts() {
        return false;
    }

    /**
     * Gives a slot to a sequence.
     *
     * @param slot in [0, maxNumSeqs), not bound now
     * @param prompt token ids; repetition penalties count them
     * @param generated tokens that an earlier attempt sampled: their number is the next draw's
     *     counter
     */
    void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated);

    /** Takes a slot back after the launched steps. */
    void release(int slot);

    /**
     * Starts a step and returns. At most two steps may be in flight.
     *
     * @throws IllegalStateException when two are
     */
    void launch(StepPlan plan);

    /**
     * The oldest step's result, or empty when it is not done within {@code timeoutNs}; 0 does not
     * wait. The loop waits in short turns, so that commands are read while a step runs.
     *
     * @throws IllegalStateException when no step is in flight
     */
    Optional<StepResult> poll(long timeoutNs) throws InterruptedException;

    /**
     * Copies bytes of a block out of the pool; the block must not be written by a step in flight.
     *
     * @param offset first byte within the block; layout {@code [layer][2][kvHead][slot][headDim]}
     * @param out as many bytes as remain, at most {@code blockBytes - offset}
     */
    void readBlock(int block, int offset, ByteBuffer out);

    /** The reverse of {@link #readBlock}; the block belongs to no step in flight. */
    void writeBlock(int block, int offset, ByteBuffer in);

    /** Ways for blocks to other devices, where the device has any. */
    default Optional<BlockLinks> links() {
        return Optional.empty();
    }

    @Override
    void close();
}
