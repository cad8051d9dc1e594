package dev.tropical.openai;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every error in OpenAI's shape, also those that no service of ours has seen. */
final class ErrorAnswers implements ServerErrorHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorAnswers.class);

    private final int maxBodyBytes;

    ErrorAnswers(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public @Nullable HttpResponse onServiceException(
            ServiceRequestContext context, Throwable thrown) {
        Throwable cause = Exceptions.peel(thrown);
        if (cause instanceof HttpStatusException || cause instanceof HttpResponseException) {
            return null; // Armeria's own, and it renders them through renderStatus
        }
        return answer(errorOf(cause)).toHttpResponse();
    }

    @Override
    public AggregatedHttpResponse renderStatus(
            @Nullable ServiceRequestContext context,
            ServiceConfig config,
            @Nullable RequestHeaders headers,
            HttpStatus status,
            @Nullable String description,
            @Nullable Throwable cause) {
        String path = headers == null ? "" : headers.method() + " " + headers.path() + ": ";
        return answer(
                switch (status.code()) {
                    case 404 -> new ApiError(404, "not_found", path + "no such endpoint", null);
                    case 413 -> tooLarge();
                    default ->
                            new ApiError(
                                    status.code(),
                                    status.isServerError() ? "internal_error" : "invalid_request",
                                    path + status.reasonPhrase(),
                                    null);
                });
    }

    static AggregatedHttpResponse answer(ApiError error) {
        ResponseHeadersBuilder headers =
                ResponseHeaders.builder(HttpStatus.valueOf(error.status()))
                        .set(HttpHeaderNames.CONTENT_TYPE, Answer.Head.JSON);
        if (error.retryAfterSeconds() > 0) {
            headers.setInt(HttpHeaderNames.RETRY_AFTER, error.retryAfterSeconds());
        }
        if (error.status() == HttpStatus.UNAUTHORIZED.code()) {
            headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        return AggregatedHttpResponse.of(headers.build(), HttpData.ofUtf8(error.toJson()));
    }

    private ApiError errorOf(Throwable cause) {
        if (cause instanceof ApiException refused) {
            return refused.error();
        }
        if (cause instanceof ContentTooLargeException) {
            return tooLarge();
        }
        if (cause instanceof RequestTimeoutException) {
            return new ApiError(408, "timeout", "the request's body did not come in time", null);
        }
        if (Exceptions.isExpected(cause)) { // the client has gone, and will not see this
            return new ApiError(499, "cancelled", "the connection was closed", null);
        }
        LOG.error("a call failed by a fault of the gateway", cause);
        return new ApiError(500, "internal_error", "a fault of the gateway; see its log", null);
    }

    private ApiError tooLarge() {
        String message = "body: too large (expected: at most " + maxBodyBytes + " bytes)";
        return new ApiError(413, "request_too_large", message, null);
    }
}
