package dev.tropical.simulator;

import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the stall-free test promised and did not keep: at the end of every step that holds a
 * chunk of a multiplexed prefill, each decode that was resident when the prefill was sent should
 * still be in time, {@code t_first + TPOT * (n_out - 1) >= now}.
 */
final class StallMonitor {
    private static final class Watch {
        private final String multiplexed;
        private final List<Sequence> residents;
        private int computed;

        Watch(String multiplexed, List<Sequence> residents) {
            this.multiplexed = multiplexed;
            this.residents = residents;
        }
    }

    private final Map<SimulatedEngine, Watch> watches = new HashMap<>();
    private long checks;
    private long violations;

    /** A prefill is sent to an engine for the sake of its slack. */
    void multiplexed(SimulatedEngine engine, String id) {
        List<Sequence> residents =
                engine.residents().stream()
                        .filter(sequence -> sequence.state() == SequenceState.DECODING)
                        .toList();
        watches.put(engine, new Watch(id, residents));
    }

    void stepped(SimulatedEngine engine, long nowNs) {
        Watch watch = watches.get(engine);
        if (watch == null) {
            return;
        }
        @Nullable Sequence prefill = engine.resident(watch.multiplexed).orElse(null);
        if (prefill != null && prefill.computedTokens() == watch.computed) {
            return; // it is not here yet, or had no part in this step
        }
        for (Sequence resident : watch.residents) {
            if (resident.state() == SequenceState.DECODING) {
                checks++;
                boolean isLate = resident.slackNs(nowNs) < resident.slo().getTpotNs();
                violations += isLate ? 1 : 0;
            }
        }
        if (prefill == null || prefill.hasFirstToken()) {
            watches.remove(engine);
        } else {
            watch.computed = prefill.computedTokens();
        }
    }

    /** Residents looked at. */
    long checks() {
        return checks;
    }

    /** And found late. */
    long violations() {
        return violations;
    }
}
