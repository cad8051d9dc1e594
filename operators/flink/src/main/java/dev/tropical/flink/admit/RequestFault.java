package dev.tropical.flink.admit;

import dev.tropical.protocol.ErrorCode;
import java.util.Objects;

/** What is wrong with a request, for its client to read. Carries no stack trace: it is no bug. */
public final class RequestFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String reason;
    private final String param;

    /**
     * @param reason the value and what was expected
     * @param param the field at fault, or empty
     */
    RequestFault(ErrorCode code, String reason, String param) {
        super(reason, null, false, false);
        this.code = code;
        this.reason = Objects.requireNonNull(reason);
        this.param = Objects.requireNonNull(param);
    }

    /** A value that is not as expected: {@code param: value (expected: ...)}. */
    static RequestFault invalid(String param, Object value, String expected) {
        return new RequestFault(
                ErrorCode.INVALID_REQUEST,
                param + ": " + Shown.of(value) + " (expected: " + expected + ")",
                param);
    }

    /** What kind of fault. */
    public ErrorCode code() {
        return code;
    }

    /** The value and what was expected. */
    public String reason() {
        return reason;
    }

    /** The field at fault, or empty. */
    public String param() {
        return param;
    }
}
