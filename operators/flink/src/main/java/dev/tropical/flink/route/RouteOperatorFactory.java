package dev.tropical.flink.route;

import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.util.OutputTag;

/** Makes the router; apply it to a stream keyed by {@link CellKey}. */
public final class RouteOperatorFactory extends AbstractStreamOperatorFactory<LaneInput>
        implements OneInputStreamOperatorFactory<RouteInput, LaneInput> {
    private static final long serialVersionUID = 1L;

    /** The side output of the cells' reports. */
    public static final OutputTag<CellReport> REPORTS = RouteOperator.REPORTS;

    private final RouteOptions options;

    public RouteOperatorFactory(RouteOptions options) {
        this.options = options;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
    public <T extends StreamOperator<LaneInput>> T createStreamOperator(
            StreamOperatorParameters<LaneInput> parameters) {
        return (T) new RouteOperator(parameters, options);
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's signature
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return RouteOperator.class;
    }
}
