package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.RequestOp;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RequestError;
import dev.tropical.protocol.wire.RouteInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits requests, keyed by lane: the main output gets requests with everything explicit and
 * cancellations, {@link #ERRORS} what the lane has to tell the client, {@link #DEAD_LETTERS} copies
 * of what was not admitted. No input makes it throw.
 *
 * <p>An id is used from its first record on, good or bad. What follows under the same id is a
 * cancellation or a repeat, and a repeat never ends the first one's stream.
 */
public final class AdmitFunction
        extends KeyedProcessFunction<Integer, InferenceRequest, RouteInput> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(AdmitFunction.class);

    /** Errors and notices, for the request's lane. */
    public static final OutputTag<LaneInput> ERRORS =
            new OutputTag<>("admit-errors", new ProtobufTypeInfo<>(LaneInput.class));

    /** Copies of invalid and repeated input. */
    public static final OutputTag<DeadLetter> DEAD_LETTERS =
            new OutputTag<>("admit-dead-letters", ValueTypeInfo.DEAD_LETTER);

    /**
     * How long an id stays used, while it is among the {@linkplain AdmitOptions#rememberedIds
     * newest}; longer than any client retries.
     */
    public static final Duration ID_LIFETIME = Duration.ofHours(24);

    private final AdmitOptions options;

    // Set by open().
    private transient @Nullable ModelCatalog catalog;
    private transient RequestParser parser;
    private transient UsedIds usedIds;
    private transient WaitingCounts waiting;
    private transient Counter admittedTotal;
    private transient Counter repeatedTotal;
    private transient Counter rejectedTotal;

    @SuppressWarnings("NullAway.Init") // Flink calls open first
    public AdmitFunction(AdmitOptions options) {
        this.options = Objects.requireNonNull(options, "options");
    }

    /**
     * Loads the models.
     *
     * @throws IOException naming the file, when a model cannot be read
     * @throws IllegalArgumentException when the configured context exceeds a model's own
     */
    @Override
    public void open(OpenContext context) throws IOException {
        ModelCatalog opened = ModelCatalog.open(options.models());
        catalog = opened;
        opened.models().forEach(this::checkContext);
        parser = new RequestParser(opened, options);
        usedIds = new UsedIds(getRuntimeContext(), options.rememberedIds() / Lanes.COUNT);
        waiting = new WaitingCounts(getRuntimeContext());
        admittedTotal = getRuntimeContext().getMetricGroup().counter("requestsAdmitted");
        repeatedTotal = getRuntimeContext().getMetricGroup().counter("requestsRepeated");
        rejectedTotal = getRuntimeContext().getMetricGroup().counter("requestsRejected");
    }

    private void checkContext(ModelAssets model) {
        if (options.maxModelLen() > model.maxPositionEmbeddings()) {
            throw new IllegalArgumentException(
                    "maxModelLen: "
                            + options.maxModelLen()
                            + " (expected: at most "
                            + model.maxPositionEmbeddings()
                            + ", the context of "
                            + model.model().name()
                            + ")");
        }
    }

    /** Gives the models back. */
    @Override
    public void close() {
        if (catalog != null) {
            catalog.close();
            catalog = null;
        }
    }

    @Override
    public void processElement(InferenceRequest request, Context context, Collector<RouteInput> out)
            throws Exception {
        int idBytes = request.id().getBytes(StandardCharsets.UTF_8).length;
        if (idBytes > InferenceRequest.MAX_ID_BYTES) {
            rejectUnnamed(request, idBytes, context);
            return;
        }
        byte[] hash = BodyHash.digest(request.body());
        UsedId used = usedIds.find(request);
        try {
            ObjectNode body = RequestBody.parse(request, options.maxBodyBytes());
            RequestOp op = RequestBody.op(body);
            if (op != null) {
                apply(op, body, used, request, context, out);
                return;
            }
            if (used == null) {
                usedIds.use(request, hash);
                out.collect(admit(parse(request, body), hash));
                return;
            }
        } catch (RequestFault fault) {
            if (used == null) {
                usedIds.use(request, hash);
                reject(request, hash, fault, context);
                return;
            }
        }
        repeat(request, hash, used, context);
    }

    private void apply(
            RequestOp op,
            ObjectNode body,
            @Nullable UsedId used,
            InferenceRequest request,
            Context context,
            Collector<RouteInput> out)
            throws Exception {
        switch (op) {
            case CANCEL -> out.collect(cancel(request.id()));
            case LEAVE -> {
                boolean isTheirs = used != null && used.isOf(RequestBody.bodySha256(body));
                if (isTheirs && waiting.leave(request.id())) {
                    out.collect(cancel(request.id()));
                }
            }
            case JOIN -> {
                byte[] hash = RequestBody.bodySha256(body);
                if (used == null) {
                    tell(Refusals.error(request, Refusals.unknownId(request.id())), context);
                } else {
                    tellFirst(request, hash, used, context);
                }
            }
        }
    }

    /** Whatever breaks on one request is that request's ending, not the job's. */
    private AdmittedRequest.Builder parse(InferenceRequest request, ObjectNode body)
            throws RequestFault {
        try {
            return parser.parse(request, body);
        } catch (RuntimeException e) {
            LOG.error("request {} broke admission; it ends with an error", request.id(), e);
            throw new RequestFault(ErrorCode.INTERNAL, "the request could not be admitted", "");
        }
    }

    private RouteInput admit(AdmittedRequest.Builder request, byte[] hash) {
        admittedTotal.inc();
        return RouteInput.newBuilder()
                .setCell(request.getCell())
                .setRequest(request.setBodySha256(ByteString.copyFrom(hash)))
                .build();
    }

    private RouteInput cancel(String id) {
        int cell = Cells.of(id, options.cells());
        CancelRequest cancel =
                CancelRequest.newBuilder().setId(id).setLane(Lanes.of(id)).setCell(cell).build();
        return RouteInput.newBuilder().setCell(cell).setCancel(cancel).build();
    }

    private void reject(
            InferenceRequest request, byte[] hash, RequestFault fault, Context context) {
        rejectedTotal.inc();
        tell(Refusals.ending(request, hash, fault), context);
        context.output(DEAD_LETTERS, Refusals.deadLetter(request, fault));
    }

    /**
     * Under the record's own place, since no record could be written under such an id: the topic
     * would not take it, and the job would meet it again after every restart.
     */
    private void rejectUnnamed(InferenceRequest request, int idBytes, Context context) {
        InferenceRequest placed =
                new InferenceRequest(
                        request.origin(), request.body(), request.arrivedAtMs(), request.origin());
        byte[] hash = BodyHash.digest(request.body());
        reject(placed, hash, Refusals.tooLongId(request.id(), idBytes), context);
    }

    private void repeat(InferenceRequest request, byte[] hash, UsedId first, Context context)
            throws Exception {
        RequestFault fault = tellFirst(request, hash, first, context);
        context.output(DEAD_LETTERS, Refusals.deadLetter(request, fault));
    }

    /** Tells what the id's first request was, and counts who asks for it once more. */
    private RequestFault tellFirst(
            InferenceRequest request, byte[] hash, UsedId first, Context context) throws Exception {
        boolean isSameBody = first.isOf(hash);
        repeatedTotal.inc();
        if (isSameBody) {
            waiting.join(request.id());
        }
        RequestFault fault = Refusals.repeatedId(request.id(), isSameBody);
        tell(Refusals.repeat(request, first, fault), context);
        return fault;
    }

    private static void tell(RequestError.Builder error, Context context) {
        LOG.debug("request {} is told {}", error.getId(), error.getCode());
        context.output(
                ERRORS, LaneInput.newBuilder().setLane(error.getLane()).setError(error).build());
    }
}
