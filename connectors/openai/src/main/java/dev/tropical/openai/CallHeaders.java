package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a call says in its headers.
 *
 * @param requestId the idempotency key, or null
 * @param slo the latency objective as the body would have it, or null
 * @param lastEventId how far a broken stream had come, or null
 * @param outlivesClient whether the request goes on when its client goes away
 */
record CallHeaders(
        @Nullable String requestId,
        @Nullable ObjectNode slo,
        @Nullable String lastEventId,
        boolean outlivesClient) {
    static final String REQUEST_ID = "x-request-id";
    static final String SLO_TTFT = "x-slo-ttft-ms";
    static final String SLO_TPOT = "x-slo-tpot-ms";

    static final String ON_DISCONNECT = "x-on-disconnect";

    private static final Pattern VALID_ID = Pattern.compile("[!-~]{1,256}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");

    CallHeaders {
        if (lastEventId != null && requestId == null) {
            throw ApiError.invalid(EventId.HEADER, "given", "beside the request's " + REQUEST_ID)
                    .asException();
        }
        if (requestId != null && !VALID_ID.matcher(requestId).matches()) {
            throw ApiError.invalid(
                            REQUEST_ID, "'" + requestId + "'", "1 to 256 visible ASCII characters")
                    .asException();
        }
    }

    /** No header but the id's. */
    static CallHeaders ofId(@Nullable String requestId) {
        return new CallHeaders(requestId, null, null, false);
    }

    /**
     * @throws ApiException naming the header
     */
    static CallHeaders of(RequestHeaders headers) {
        return new CallHeaders(
                headers.get(REQUEST_ID),
                slo(headers),
                headers.get(EventId.HEADER),
                outlivesClient(headers.get(ON_DISCONNECT)));
    }

    private static boolean outlivesClient(@Nullable String onDisconnect) {
        if (onDisconnect == null || onDisconnect.equals("cancel")) {
            return false;
        }
        if (!onDisconnect.equals("continue")) {
            throw ApiError.invalid(ON_DISCONNECT, "'" + onDisconnect + "'", "cancel or continue")
                    .asException();
        }
        return true;
    }

    private static @Nullable ObjectNode slo(RequestHeaders headers) {
        ObjectNode slo = Json.object();
        copy(headers, SLO_TTFT, slo, "ttft_ms");
        copy(headers, SLO_TPOT, slo, "tpot_ms");
        return slo.isEmpty() ? null : slo;
    }

    private static void copy(RequestHeaders headers, String header, ObjectNode slo, String field) {
        String value = headers.get(header);
        if (value == null) {
            return;
        }
        // Admission checks the range.
        if (!NUMBER.matcher(value).matches()) {
            throw ApiError.invalid(header, "'" + value + "'", "milliseconds, a number > 0")
                    .asException();
        }
        slo.put(field, Double.parseDouble(value));
    }
}
