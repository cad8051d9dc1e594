package dev.tropical.jobs;

import dev.tropical.flink.Inference;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.InferenceOptions;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** From the requests topic to the completions topic. */
public final class InferenceJob {
    private InferenceJob() {}

    /**
     * For {@code flink run}: what is not said is the cluster's own configuration.
     *
     * @param args {@code key=value} each, of {@link InferenceConfigOptions}
     */
    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            if (pair.length < 2) {
                throw new IllegalArgumentException("argument: '" + arg + "' (expected: KEY=VALUE)");
            }
            options.put(pair[0], pair[1]);
        }
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(FlinkSettings.common());
        Inference.build(environment, InferenceOptions.from(Configuration.fromMap(options)));
        environment.execute("tropical");
    }

    /**
     * @param settings Flink's, see {@link FlinkSettings}
     * @param options the job's own, see {@link InferenceConfigOptions}
     * @throws IllegalArgumentException naming the option that has an impossible value
     */
    public static JobGraph graph(Configuration settings, Configuration options) {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings);
        Inference.build(environment, InferenceOptions.from(options));
        StreamGraph graph = environment.getStreamGraph();
        graph.setJobName(name(options.get(InferenceConfigOptions.TOPIC_PREFIX)));
        return graph.getJobGraph();
    }

    /** What the job with these topics is called on a cluster; there is to be one. */
    public static String name(String topicPrefix) {
        return "tropical " + topicPrefix;
    }
}
