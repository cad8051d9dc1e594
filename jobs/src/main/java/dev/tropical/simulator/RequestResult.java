package dev.tropical.simulator;

/**
 * How a request ended; instants in virtual ns, -1 for those that a rejected one did not see.
 *
 * @param request what was asked
 * @param isRejected by the router's time-out
 * @param startedNs its prefill's first step
 * @param firstTokenNs its first token
 * @param endedNs its last token, or the rejection
 */
public record RequestResult(
        SimulatedRequest request,
        boolean isRejected,
        long startedNs,
        long firstTokenNs,
        long endedNs) {
    /** Arrival to first token. */
    public long ttftNs() {
        return firstTokenNs - request.arrivedNs();
    }

    /** Mean time of a token after the first; 0 with one token. */
    public long tpotNs() {
        int gaps = request.outputTokens() - 1;
        return gaps == 0 ? 0 : (endedNs - firstTokenNs) / gaps;
    }

    /** Arrival to last token. */
    public long jctNs() {
        return endedNs - request.arrivedNs();
    }

    /** Arrival to the prefill's first step. */
    public long queueingNs() {
        return startedNs - request.arrivedNs();
    }

    /** Both objectives met; a rejected request meets none. */
    public boolean isAttained() {
        return !isRejected
                && ttftNs() <= request.slo().getTtftNs()
                && tpotNs() <= request.slo().getTpotNs();
    }
}
