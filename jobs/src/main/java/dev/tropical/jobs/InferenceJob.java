package dev.tropical.jobs;

import dev.tropical.flink.Inference;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.InferenceOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** From the requests topic to the completions topic. */
public final class InferenceJob {
    private InferenceJob() {}

    /**
     * @param settings Flink's, see {@link FlinkSettings}
     * @param options the job's own, see {@link InferenceConfigOptions}
     * @throws IllegalArgumentException naming the option that has an impossible value
     */
    public static JobGraph graph(Configuration settings, Configuration options) {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings);
        Inference.build(environment, InferenceOptions.from(options));
        return environment.getStreamGraph().getJobGraph();
    }
}
