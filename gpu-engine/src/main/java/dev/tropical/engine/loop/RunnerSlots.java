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
    private final List<Sequence> startedForPeer = new ArrayList<>();

    RunnerSlots(ModelRunner runner) {
        this.runner = runner;
    }

    /**
     * Takes the sequences whose prefill has started since the last call and whose decode is a
     * peer's.
     */
    List<Sequence> takeStartedForPeer() {
        List<Sequence> started = List.copyOf(startedForPeer);
        startedForPeer.clear();
        return started;
    }

    @Override
    public void bind(Sequence sequence) {
        if (sequence.isForPeer() && sequence.state() != SequenceState.DECODING) {
            startedForPeer.add(sequence);
        }
        runner.bind(sequence.slot(), sequence.sampling(), sequence.prompt(), sequence.generated(0));
    }

    @Override
    public void release(int slot) {
        runner.release(slot);
    }
}
