package dev.tropical.bench.load;

import dev.tropical.bench.ProcessSample;
import java.util.Map;

/**
 * The system at a moment of a run.
 *
 * @param atMs since the load began
 * @param lag requests that the job has not read
 * @param held requests that the job has read and not ended: in its queue and on the engine
 * @param waiting of those, sequences that the engine has not begun
 * @param processes what each holds, by name
 */
record LoadSample(
        long atMs,
        int sent,
        int served,
        int rejected,
        long lag,
        long held,
        int waiting,
        Map<String, ProcessSample> processes) {
    LoadSample {
        processes = Map.copyOf(processes);
    }

    double heapMib(String process) {
        ProcessSample sample = processes.get(process);
        if (sample == null) {
            throw new IllegalArgumentException(
                    "process: '" + process + "' (expected: one of " + processes.keySet() + ")");
        }
        return sample.heapBytes() / 1048576.0;
    }
}
