package dev.tropical.flink;

import dev.tropical.engine.client.EngineSource;
import dev.tropical.flink.admit.AdmitFunction;
import dev.tropical.flink.dispatch.DispatchOperatorFactory;
import dev.tropical.flink.dispatch.LaneKey;
import dev.tropical.flink.route.CellKey;
import dev.tropical.flink.route.RouteOperatorFactory;
import dev.tropical.flink.state.KeyGroups;
import dev.tropical.kafka.CellSink;
import dev.tropical.kafka.CompletionSink;
import dev.tropical.kafka.DeadLetterSink;
import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.kafka.RequestSource;
import dev.tropical.kafka.RetryTopic;
import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Inference as a part of a Flink job.
 *
 * <pre>
 * requests -> admit -+
 *   engines' statuses +-> route -> dispatch -> completions
 *   retries ----------+
 * </pre>
 */
public final class Inference {
    private static final TypeInformation<RouteInput> ROUTE_INPUT =
            new ProtobufTypeInfo<>(RouteInput.class);
    private static final TypeInformation<LaneInput> LANE_INPUT =
            new ProtobufTypeInfo<>(LaneInput.class);

    private Inference() {}

    /**
     * Answers a stream of requests. Besides the completions, which are the caller's to use, the job
     * writes dead letters, retries and the cells' reports to their topics. Needs checkpointing, and
     * a maximum parallelism of 128, which is set on its operators.
     *
     * @return chunks, finishes, notices and one ending for each request
     */
    public static DataStream<CompletionRecord> attach(
            DataStream<InferenceRequest> requests, InferenceOptions options) {
        SingleOutputStreamOperator<RouteInput> admitted = admit(requests, options);
        SingleOutputStreamOperator<LaneInput> routed = route(admitted, options);
        SingleOutputStreamOperator<CompletionRecord> completions =
                dispatch(routed.union(admitted.getSideOutput(AdmitFunction.ERRORS)), options);
        KafkaSettings kafka = options.kafka();
        admitted.getSideOutput(AdmitFunction.DEAD_LETTERS)
                .sinkTo(DeadLetterSink.create(kafka))
                .name("dead letters")
                .uid("dead-letters");
        routed.getSideOutput(RouteOperatorFactory.REPORTS)
                .sinkTo(CellSink.create(kafka))
                .name("cells")
                .uid("cells");
        completions
                .getSideOutput(DispatchOperatorFactory.RETRIES)
                .sinkTo(RetryTopic.sink(kafka))
                .name("retries")
                .uid("retries");
        return completions;
    }

    /** The whole job: from the requests topic to the completions topic. */
    public static void build(StreamExecutionEnvironment environment, InferenceOptions options) {
        DataStream<InferenceRequest> requests =
                environment
                        .fromSource(
                                RequestSource.create(options.kafka(), options.groupId()),
                                WatermarkStrategy.noWatermarks(),
                                "requests",
                                ValueTypeInfo.REQUEST)
                        .uid("requests");
        attach(requests, options)
                .sinkTo(
                        CompletionSink.create(
                                options.kafka(), options.delivery(), options.groupId()))
                .name("completions")
                .uid("completions");
        if (options.delivery() == Delivery.EXACTLY_ONCE) {
            failBeforeTransactionsEnd(environment.getCheckpointConfig());
        }
    }

    /**
     * Two checkpoints' time is left for the restart. Flink counts failures only, so those that come
     * at once, without space for checkpoints, end the job within half a minute as well.
     */
    private static void failBeforeTransactionsEnd(CheckpointConfig checkpoints) {
        long eachMs = checkpoints.getCheckpointTimeout() + checkpoints.getCheckpointInterval();
        long borne = CompletionSink.TRANSACTION_TIMEOUT.toMillis() / eachMs - 3;
        checkpoints.setTolerableCheckpointFailureNumber(
                (int)
                        Math.max(
                                0,
                                Math.min(
                                        checkpoints.getTolerableCheckpointFailureNumber(), borne)));
    }

    private static SingleOutputStreamOperator<RouteInput> admit(
            DataStream<InferenceRequest> requests, InferenceOptions options) {
        return requests.keyBy(new RequestKey(), Types.INT)
                .process(new AdmitFunction(options.admit()), ROUTE_INPUT)
                .name("admit")
                .uid("admit")
                .setMaxParallelism(KeyGroups.COUNT);
    }

    private static SingleOutputStreamOperator<LaneInput> route(
            DataStream<RouteInput> admitted, InferenceOptions options) {
        StreamExecutionEnvironment environment = admitted.getExecutionEnvironment();
        KafkaSettings kafka = options.kafka();
        DataStream<RouteInput> engines =
                environment
                        .fromSource(
                                EngineSource.create(kafka, options.engines()),
                                WatermarkStrategy.noWatermarks(),
                                "engines",
                                ROUTE_INPUT)
                        .uid("engines")
                        .setParallelism(1);
        DataStream<RouteInput> retries =
                environment
                        .fromSource(
                                RetryTopic.source(kafka, options.groupId()),
                                WatermarkStrategy.noWatermarks(),
                                "retries read",
                                ROUTE_INPUT)
                        .uid("retries-read");
        return admitted.union(engines, retries)
                .keyBy(new CellKey(options.route()), Types.INT)
                .transform("route", LANE_INPUT, new RouteOperatorFactory(options.route()))
                .uid("route")
                .setMaxParallelism(KeyGroups.COUNT);
    }

    private static SingleOutputStreamOperator<CompletionRecord> dispatch(
            DataStream<LaneInput> inputs, InferenceOptions options) {
        return inputs.keyBy(new LaneKey(), Types.INT)
                .transform(
                        "dispatch",
                        ValueTypeInfo.COMPLETION,
                        new DispatchOperatorFactory(options.dispatch()))
                .uid("dispatch")
                .setMaxParallelism(KeyGroups.COUNT);
    }
}
