package dev.tropical.scheduling.batch;

/**
 * Told of each slot's owner, in an order that a model runner can follow call by call: a release
 * before the slot's next bind, a bind before the slot's first step. Called by the scheduler's
 * thread from within {@link BatchScheduler#schedule}, {@link BatchScheduler#commit} and {@link
 * BatchScheduler#cancel}; must not call back.
 */
public interface SlotBinder {
    /**
     * A sequence got {@code sequence.slot()}. Its generated tokens are all known: none of its steps
     * is in flight.
     */
    void bind(Sequence sequence);

    /** The slot is free after the steps that were launched before. */
    void release(int slot);
}
