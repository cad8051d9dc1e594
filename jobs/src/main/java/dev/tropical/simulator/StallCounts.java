package dev.tropical.simulator;

/**
 * What became of decodes beside multiplexed prefills, at the end of each step that holds a chunk of
 * one.
 *
 * @param checks residents that the stall-free test had passed, looked at
 * @param late those that were late, {@code t_first + TPOT * (n_out - 1) < now}
 * @param lateMigrants late decodes that came after the test: no promise to them is broken
 */
public record StallCounts(long checks, long late, long lateMigrants) {
    static final StallCounts NONE = new StallCounts(0, 0, 0);

    StallCounts plus(StallCounts other) {
        return new StallCounts(
                checks + other.checks, late + other.late, lateMigrants + other.lateMigrants);
    }
}
