package dev.tropical.engine.loop;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import dev.tropical.scheduling.batch.SlotBinder;
import java.util.ArrayList;
import java.util.List;

/** Tells the runner of the scheduler's slots. Loop thread. */
final class RunnerSlots implements SlotBinder {
    private final ModelRunner runner;
    private final List<Sequence> started = new ArrayList<>();

    RunnerSlots(ModelRunner runner) {
        this.runner = runner;
    }

    /** Takes the sequences whose prefill has started, or started anew, since the last call. */
    List<Sequence> takeStarted() {
        List<Sequence> taken = List.copyOf(started);
        started.clear();
        return taken;
    }

    @Override
    public void bind(Sequence sequence) {
        if (sequence.state() != SequenceState.DECODING) {
            started.add(sequence);
        }
        runner.bind(sequence.slot(), sequence.sampling(), sequence.prompt(), sequence.generated(0));
    }

    @Override
    public void release(int slot) {
        runner.release(slot);
    }
}
