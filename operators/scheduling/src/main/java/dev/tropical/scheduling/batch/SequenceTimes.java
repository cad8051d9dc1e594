package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.Timings;

/** When a sequence's events happened on this engine; ns on the engine's clock. */
final class SequenceTimes {
    private static final long NEVER = Long.MIN_VALUE;

    private final long receivedNs;
    private long startedNs = NEVER;
    private long firstTokenNs;
    private long lastTokenNs = NEVER;
    private long migratedNs;

    /**
     * @param firstTokenAgeNs -1: none yet
     */
    SequenceTimes(long receivedNs, long firstTokenAgeNs) {
        this.receivedNs = receivedNs;
        this.firstTokenNs = firstTokenAgeNs < 0 ? NEVER : receivedNs - firstTokenAgeNs;
    }

    void onStarted(long nowNs) {
        if (startedNs == NEVER) {
            startedNs = nowNs;
        }
    }

    void onToken(long nowNs) {
        if (firstTokenNs == NEVER) {
            firstTokenNs = nowNs;
        }
        lastTokenNs = nowNs;
    }

    void onMigrated(long nowNs) {
        migratedNs = firstTokenNs == NEVER ? 0 : nowNs - firstTokenNs;
    }

    boolean hasFirstToken() {
        return firstTokenNs != NEVER;
    }

    long firstTokenNs() {
        return firstTokenNs;
    }

    long sinceReceivedNs(long nowNs) {
        return nowNs - receivedNs;
    }

    /** False for a sequence that came with a first token, from a peer or an earlier attempt. */
    private boolean isPrefilledHere() {
        return startedNs != NEVER && (!hasFirstToken() || firstTokenNs >= startedNs);
    }

    /** Fills in the durations; those of events that did not happen here stay 0. */
    void fill(Timings.Builder timings) {
        if (isPrefilledHere()) {
            timings.setQueuedNs(startedNs - receivedNs);
            if (hasFirstToken()) {
                timings.setPrefillNs(firstTokenNs - startedNs);
            }
        }
        if (lastTokenNs != NEVER) {
            timings.setDecodeNs(lastTokenNs - firstTokenNs);
        }
        timings.setMigrateNs(migratedNs);
    }
}
