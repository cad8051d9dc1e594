package dev.tropical.bench.serve;

/** When a run has said enough. */
@FunctionalInterface
public interface StopRule {
    /** Runs go to their end. */
    StopRule NEVER = (attained, known) -> false;

    /**
     * Asked as the run goes.
     *
     * @param attained of
     * @param known so many requests, the first ones without a gap, whose fate is known
     */
    boolean isReached(int attained, int known);
}
