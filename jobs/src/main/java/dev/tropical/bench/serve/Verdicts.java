package dev.tropical.bench.serve;

import java.util.List;

/**
 * Counts which requests of a run attained, in the order in which they were due and without a gap:
 * what is answered soon would else count before what takes long, or is missed. One thread.
 */
final class Verdicts {
    /** What is known of a request's objectives. */
    enum Verdict {
        OPEN,
        ATTAINED,
        MISSED
    }

    private final List<RequestProbe> probes;
    private int next;
    private int known;
    private int attained;

    /**
     * @param probes by due instant
     */
    Verdicts(List<RequestProbe> probes) {
        this.probes = probes;
    }

    /** Goes on as far as fates are known; those of the warm-up do not count. */
    void update(long nowNs) {
        for (; next < probes.size(); next++) {
            RequestProbe probe = probes.get(next);
            Verdict verdict = probe.verdict(nowNs);
            if (verdict == Verdict.OPEN) {
                return;
            }
            known += probe.isWarmUp() ? 0 : 1;
            attained += !probe.isWarmUp() && verdict == Verdict.ATTAINED ? 1 : 0;
        }
    }

    boolean satisfy(StopRule rule) {
        return rule.isReached(attained, known);
    }

    /** When the first request was due whose fate is open, ns in the run; none: at no time. */
    long knownUntilNs() {
        return next == probes.size() ? Long.MAX_VALUE : probes.get(next).request().arrivedNs();
    }
}
