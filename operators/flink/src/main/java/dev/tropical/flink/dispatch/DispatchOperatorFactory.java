package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Retry;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.util.OutputTag;

/** Makes the lanes' operator; apply it to a stream keyed by {@link LaneKey}. */
public final class DispatchOperatorFactory extends AbstractStreamOperatorFactory<CompletionRecord>
        implements OneInputStreamOperatorFactory<LaneInput, CompletionRecord> {
    private static final long serialVersionUID = 1L;

    /** The side output of requests that lost their engine. */
    public static final OutputTag<Retry> RETRIES = DispatchOperator.RETRIES;

    private final DispatchEnvironment.Factory factory;
    private final int endedIdsPerLane;

    public DispatchOperatorFactory(DispatchOptions options) {
        this(
                (name, listener) -> LiveEnvironment.open(options, name, listener),
                options.endedIdsPerLane());
    }

    DispatchOperatorFactory(DispatchEnvironment.Factory factory, int endedIdsPerLane) {
        this.factory = factory;
        this.endedIdsPerLane = endedIdsPerLane;
        this.chainingStrategy = ChainingStrategy.ALWAYS;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
    public <T extends StreamOperator<CompletionRecord>> T createStreamOperator(
            StreamOperatorParameters<CompletionRecord> parameters) {
        return (T) new DispatchOperator(parameters, factory, endedIdsPerLane);
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's signature
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return DispatchOperator.class;
    }
}
