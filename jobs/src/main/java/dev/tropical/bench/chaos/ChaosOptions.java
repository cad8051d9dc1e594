package dev.tropical.bench.chaos;

import java.time.Duration;

/**
 * A run of faults.
 *
 * @param requests sent in all
 * @param perSecond sent each second
 * @param tokens of each completion
 * @param prefillEngines started as such
 * @param decodeEngines started as such
 * @param taskManagers of two slots each, for a job of parallelism 2
 * @param engineFaultEvery pause between faults of engines
 * @param clusterFaultEvery pause between faults of TaskManager, JobManager and broker, once the
 *     last is not felt any more
 * @param seed of the schedule
 */
public record ChaosOptions(
        int requests,
        int perSecond,
        int tokens,
        int prefillEngines,
        int decodeEngines,
        int taskManagers,
        Duration engineFaultEvery,
        Duration clusterFaultEvery,
        long seed) {
    public ChaosOptions {
        if (requests < 1 || perSecond < 1 || tokens < 2) {
            throw new IllegalArgumentException(
                    "requests %d, a second %d, tokens %d (expected: at least 1, 1 and 2)"
                            .formatted(requests, perSecond, tokens));
        }
        if (prefillEngines < 1 || decodeEngines < 1 || taskManagers < 1) {
            throw new IllegalArgumentException(
                    "prefill engines %d, decode engines %d, TaskManagers %d (expected: 1 each)"
                            .formatted(prefillEngines, decodeEngines, taskManagers));
        }
    }

    /** Half a minute in which the job is restarted and no engine breaks. */
    ChaosOptions withoutEngineFaults() {
        return new ChaosOptions(
                30 * perSecond,
                perSecond,
                tokens,
                prefillEngines,
                decodeEngines,
                taskManagers,
                Duration.ofDays(1),
                Duration.ofSeconds(8),
                seed);
    }
}
