package dev.tropical.flink.admit;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.RequestError;

/** What is said to whoever sent what was not admitted, and what is kept of it. */
final class Refusals {
    private Refusals() {}

    static RequestFault unknownId(String id) {
        return new RequestFault(
                ErrorCode.NOT_FOUND, "id: " + Shown.of(id) + " (expected: a used id)", "id");
    }

    static RequestFault tooLongId(String id, int bytes) {
        String reason =
                "id: "
                        + Shown.of(id)
                        + " of "
                        + bytes
                        + " bytes (expected: at most "
                        + InferenceRequest.MAX_ID_BYTES
                        + ")";
        return new RequestFault(ErrorCode.INVALID_REQUEST, reason, "id");
    }

    static RequestFault repeatedId(String id, boolean isSameBody) {
        String reason =
                "id: "
                        + Shown.of(id)
                        + " was used before, with "
                        + (isSameBody ? "the same body" : "another body")
                        + " (expected: an id of its own for each request)";
        return new RequestFault(ErrorCode.DUPLICATE_ID, reason, "id");
    }

    static RequestError.Builder error(InferenceRequest request, RequestFault fault) {
        return RequestError.newBuilder()
                .setId(request.id())
                .setLane(Lanes.of(request.id()))
                .setCode(fault.code().code())
                .setMessage(fault.reason())
                .setParam(fault.param());
    }

    /** Ends the request. */
    static RequestError.Builder ending(InferenceRequest request, byte[] hash, RequestFault fault) {
        return error(request, fault)
                .setTerminal(true)
                .setFirstBodySha256(ByteString.copyFrom(hash));
    }

    /** Tells what the id's first request was. */
    static RequestError.Builder repeat(InferenceRequest request, UsedId first, RequestFault fault) {
        return error(request, fault)
                .setFirstBodySha256(ByteString.copyFrom(first.bodySha256()))
                .setFirstArrivedAtMs(first.arrivedAtMs());
    }

    static DeadLetter deadLetter(InferenceRequest request, RequestFault fault) {
        return new DeadLetter(
                request.id(),
                request.body(),
                fault.code().code(),
                fault.reason(),
                request.origin());
    }
}
