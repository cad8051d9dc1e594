package dev.tropical.simulator;

import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the stall-free test promised and did not keep: at the end of every step that holds a
 * chunk of a multiplexed prefill, each decode that was resident when the prefill was sent should
 * still be in time, {@code t_first + TPOT * (n_out - 1) >= now}. Decodes that came later are
 * counted apart.
 */
final class StallMonitor {
    private static final class Watch {
        private final String multiplexed;
        private final Set<Sequence> residents;
        private boolean isThere;
        private int computed;

        Watch(String multiplexed, Set<Sequence> residents) {
            this.multiplexed = multiplexed;
            this.residents = residents;
        }
    }

    private final Map<SimulatedEngine, Watch> watches = new HashMap<>();
    private StallCounts counts = StallCounts.NONE;

    /** A prefill is sent to an engine for the sake of its slack. */
    void multiplexed(SimulatedEngine engine, String id) {
        Set<Sequence> residents = Collections.newSetFromMap(new IdentityHashMap<>());
        engine.residents().stream()
                .filter(sequence -> sequence.state() == SequenceState.DECODING)
                .forEach(residents::add);
        watches.put(engine, new Watch(id, residents));
    }

    /** It is there. */
    void arrived(SimulatedEngine engine, String id) {
        Watch watch = watches.get(engine);
        if (watch != null && watch.multiplexed.equals(id)) {
            watch.isThere = true;
        }
    }

    void stepped(SimulatedEngine engine, long nowNs) {
        Watch watch = watches.get(engine);
        if (watch == null || !watch.isThere) {
            return;
        }
        @Nullable Sequence prefill = engine.resident(watch.multiplexed).orElse(null);
        if (prefill != null && prefill.computedTokens() == watch.computed) {
            return; // it had no part in this step
        }
        for (Sequence sequence : engine.residents()) {
            if (sequence != prefill && sequence.state() == SequenceState.DECODING) {
                count(sequence, watch.residents.contains(sequence), nowNs);
            }
        }
        if (prefill == null || prefill.hasFirstToken()) {
            watches.remove(engine);
        } else {
            watch.computed = prefill.computedTokens();
        }
    }

    private void count(Sequence sequence, boolean isPromised, long nowNs) {
        int late = sequence.slackNs(nowNs) < sequence.slo().getTpotNs() ? 1 : 0;
        counts =
                counts.plus(isPromised ? new StallCounts(1, late, 0) : new StallCounts(0, 0, late));
    }

    StallCounts counts() {
        return counts;
    }
}
