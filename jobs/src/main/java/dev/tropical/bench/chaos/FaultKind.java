package dev.tropical.bench.chaos;

/** What is broken. */
public enum FaultKind {
    PREFILL_KILLED("prefill engine killed", true),
    DECODE_KILLED("decode engine killed", true),
    DECODE_FROZEN("decode engine frozen for 2.5 s", true),
    TASK_MANAGER_KILLED("TaskManager killed", false),
    JOB_MANAGER_KILLED("JobManager killed", false),
    BROKER_KILLED("broker killed", false);

    private final String words;
    private final boolean isOfEngine;

    FaultKind(String words, boolean isOfEngine) {
        this.words = words;
        this.isOfEngine = isOfEngine;
    }

    public String words() {
        return words;
    }

    public boolean isOfEngine() {
        return isOfEngine;
    }
}
