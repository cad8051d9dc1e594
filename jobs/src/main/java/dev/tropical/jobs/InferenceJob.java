package dev.tropical.jobs;

import dev.tropical.flink.Inference;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.InferenceOptions;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.LocalFlink;
import dev.tropical.launch.SystemConfig;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** From the requests topic to the completions topic. */
public final class InferenceJob {
    private InferenceJob() {}

    /** The job of a local system, checkpointing below its data folder. */
    public static JobGraph graph(SystemConfig config, KafkaSettings kafka) {
        Configuration settings =
                FlinkSettings.of(config.parallelism(), LocalFlink.checkpoints(config.dataDir()));
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings);
        Inference.build(environment, InferenceOptions.from(options(config, kafka)));
        return environment.getStreamGraph().getJobGraph();
    }

    private static Configuration options(SystemConfig config, KafkaSettings kafka) {
        Configuration options = new Configuration();
        options.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        options.set(InferenceConfigOptions.TOPIC_PREFIX, kafka.topics().prefix());
        options.set(InferenceConfigOptions.MODEL_DIRS, List.of(config.model().toString()));
        options.set(InferenceConfigOptions.SERVED_NAMES, List.of(config.servedModelName()));
        options.set(InferenceConfigOptions.MODE, config.mode());
        options.set(InferenceConfigOptions.DELIVERY, config.delivery());
        if (config.maxModelLen() != null) {
            options.set(InferenceConfigOptions.MAX_MODEL_LEN, config.maxModelLen());
        }
        return options;
    }
}
