package dev.tropical.flink.admit;

import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Admits requests, keyed by lane. */
@SuppressWarnings("DoNotCallSuggester")
public final class AdmitFunction
        extends KeyedProcessFunction<Integer, InferenceRequest, RouteInput> {
    private static final long serialVersionUID = 1L;

    /** Errors and notices, for the request's lane. */
    public static final OutputTag<LaneInput> ERRORS =
            new OutputTag<>("admit-errors", TypeInformation.of(LaneInput.class));

    /** Copies of invalid input. */
    public static final OutputTag<DeadLetter> DEAD_LETTERS =
            new OutputTag<>("admit-dead-letters", TypeInformation.of(DeadLetter.class));

    public AdmitFunction(AdmitOptions options) {
        java.util.Objects.requireNonNull(options);
    }

    @Override
    public void processElement(
            InferenceRequest request, Context context, Collector<RouteInput> out) {
        throw new UnsupportedOperationException();
    }
}
