package dev.tropical.engine.loop;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SlotBinder;

/** Tells the runner of the scheduler's slots. Loop thread. */
final class RunnerSlots implements SlotBinder {
    private final ModelRunner runner;

    RunnerSlots(ModelRunner runner) {
        this.runner = runner;
    }

    @Override
    public void bind(Sequence sequence) {
        runner.bind(sequence.slot(), sequence.sampling(), sequence.prompt(), sequence.generated(0));
    }

    @Override
    public void release(int slot) {
        runner.release(slot);
    }
}
