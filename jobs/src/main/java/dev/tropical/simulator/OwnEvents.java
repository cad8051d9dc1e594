package dev.tropical.simulator;

/**
 * What an engine does by itself: the ends of the running step and of those that will repeat it, and
 * heartbeats. Each has its place in virtual time without being an event; the end of the last step
 * must be one. They are passed in their order; at one instant a step's end comes first.
 */
final class OwnEvents {
    /** Half as often as real engines; a status after each step says the same. */
    static final long HEARTBEAT_NS = 200_000_000;

    /** Steps looked ahead, so that a run that is cut short has cost little. */
    static final int LONGEST_RUN = 64;

    private static final int KINDS = 4;

    private final EventQueue events;
    private final int stepRank;
    // [0]: when the running step was launched; [i]: when the i-th step from it on ends.
    private final long[] endsNs = new long[LONGEST_RUN + 2];
    private int steps;
    private int passedSteps;
    private long heartbeatNs = HEARTBEAT_NS;
    private boolean isHeartbeatAnEvent;
    private long lastPassedNs;
    private int lastStatusRank;

    /**
     * @param engine its number
     */
    OwnEvents(EventQueue events, int engine) {
        this.events = events;
        this.stepRank = KINDS * engine;
    }

    // ---- ranks

    int stepRank() {
        return stepRank;
    }

    /** Of a status that tells of a step's end. */
    int stepStatusRank() {
        return stepRank + 1;
    }

    int heartbeatRank() {
        return stepRank + 2;
    }

    int heartbeatStatusRank() {
        return stepRank + 3;
    }

    // ---- steps

    /** A step runs, and none is known to repeat it. */
    void launched(long atNs, long endNs) {
        endsNs[0] = atNs;
        endsNs[1] = endNs;
        steps = 1;
        passedSteps = 0;
    }

    /** Nothing is known any more of steps after the running one. */
    void forgetRepeats() {
        steps = Math.min(steps, 1);
    }

    /** One more step will end then. */
    void repeats(long endNs) {
        endsNs[++steps] = endNs;
    }

    /** No step runs. */
    void idle() {
        steps = 0;
    }

    /** When the running step was launched. */
    long launchNs() {
        return endsNs[0];
    }

    /** When the running step ends. */
    long runningEndNs() {
        return endsNs[1];
    }

    /** When the last step ends. */
    long lastEndNs() {
        return endsNs[steps];
    }

    /** When the last step is launched. */
    long lastLaunchNs() {
        return endsNs[steps - 1];
    }

    /** Steps that were passed and that the scheduler does not know of yet. */
    int passedSteps() {
        return passedSteps;
    }

    /** It knows of them now: the step after them is the running one. */
    void settle() {
        steps -= passedSteps;
        System.arraycopy(endsNs, passedSteps, endsNs, 0, steps + 1);
        passedSteps = 0;
    }

    // ---- heartbeats

    /** When the next one is due. */
    long heartbeatNs() {
        return heartbeatNs;
    }

    boolean isHeartbeatAnEvent() {
        return isHeartbeatAnEvent;
    }

    /** The next heartbeat is an event, and not passed here. */
    void heartbeatIsAnEvent() {
        isHeartbeatAnEvent = true;
    }

    /** It has been. */
    void heartbeatWas() {
        isHeartbeatAnEvent = false;
        heartbeatNs += HEARTBEAT_NS;
    }

    // ---- passing

    /** Passes the next step's end or heartbeat, if it comes before the running event. */
    boolean pass() {
        return isStepNext()
                ? events.isPast(nextEndNs(), endsNs[passedSteps], stepRank) && passStep()
                : isHeartbeatNext()
                        && events.isPast(heartbeatNs, heartbeatNs, heartbeatRank())
                        && passHeartbeat();
    }

    /** Passes it if a status that it sent has come before the running event. */
    boolean passReported(long messageNs) {
        return isStepNext()
                ? events.isPast(nextEndNs() + messageNs, nextEndNs(), stepStatusRank())
                        && passStep()
                : isHeartbeatNext()
                        && events.isPast(
                                heartbeatNs + messageNs, heartbeatNs, heartbeatStatusRank())
                        && passHeartbeat();
    }

    private long nextEndNs() {
        return endsNs[passedSteps + 1];
    }

    private boolean isStepNext() {
        return passedSteps + 1 < steps && (isHeartbeatAnEvent || nextEndNs() <= heartbeatNs);
    }

    private boolean isHeartbeatNext() {
        return !isHeartbeatAnEvent;
    }

    private boolean passStep() {
        lastPassedNs = nextEndNs();
        lastStatusRank = stepStatusRank();
        passedSteps++;
        return true;
    }

    private boolean passHeartbeat() {
        lastPassedNs = heartbeatNs;
        lastStatusRank = heartbeatStatusRank();
        heartbeatNs += HEARTBEAT_NS;
        return true;
    }

    /** When what was passed last happened. */
    long lastPassedNs() {
        return lastPassedNs;
    }

    /** Rank of the status that it sent. */
    int lastStatusRank() {
        return lastStatusRank;
    }
}
