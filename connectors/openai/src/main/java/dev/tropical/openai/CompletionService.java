package dev.tropical.openai;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** One of the endpoints that generate text. */
final class CompletionService implements HttpService {
    static final String REQUEST_ID = "x-request-id";

    /** Beyond the request's deadline, which comes first and says what happened. */
    private static final Duration ANSWER_GRACE = Duration.ofSeconds(5);

    private static final Pattern VALID_ID = Pattern.compile("[!-~]{1,256}");

    private final Endpoint endpoint;
    private final GatewayOptions options;
    private final Requests requests;
    private final AtomicInteger running;

    /**
     * @param running counts the calls of all endpoints
     */
    CompletionService(
            Endpoint endpoint, GatewayOptions options, Requests requests, AtomicInteger running) {
        this.endpoint = endpoint;
        this.options = options;
        this.requests = requests;
        this.running = running;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        if (running.incrementAndGet() > options.limits().maxRunningRequests()) {
            running.decrementAndGet();
            throw overloaded();
        }
        // Parsing a large body and producing it are no work for an event loop.
        CompletableFuture<HttpResponse> answer =
                request.aggregate()
                        .thenApplyAsync(
                                body -> begin(context, body), context.blockingTaskExecutor());
        HttpResponse response = HttpResponse.of(answer);
        var unused = response.whenComplete().handle((nothing, cause) -> running.decrementAndGet());
        return response;
    }

    private HttpResponse begin(ServiceRequestContext context, AggregatedHttpRequest request) {
        String id = requestId(request.headers());
        byte[] body = request.content().array();
        long now = System.currentTimeMillis() / 1000;
        Call call = CallReader.read(endpoint, id, body, options.model(), now);
        HttpResponseWriter response = HttpResponse.streaming();
        Exchange exchange =
                new Exchange(
                        id,
                        Answer.to(call),
                        response,
                        context.eventLoop().withoutContext(),
                        options.limits().maxQueuedEvents(),
                        () -> requests.cancel(id));
        context.setRequestTimeout(
                TimeoutMode.SET_FROM_NOW, options.limits().requestDeadline().plus(ANSWER_GRACE));
        requests.submit(id, body, exchange);
        exchange.watchClient();
        abortWhenClosed(context, response);
        return response;
    }

    /** Armeria itself lets a response live for 1 s more after an HTTP/1 client has gone. */
    private static void abortWhenClosed(
            ServiceRequestContext context, HttpResponseWriter response) {
        Channel channel = context.log().ensureAvailable(RequestLogProperty.SESSION).channel();
        if (channel == null) {
            return;
        }
        ChannelFutureListener abort = closed -> response.abort(ClosedSessionException.get());
        channel.closeFuture().addListener(abort);
        // A connection outlives its calls; it must not collect their listeners.
        var unused =
                response.whenComplete()
                        .whenComplete(
                                (nothing, cause) -> channel.closeFuture().removeListener(abort));
    }

    private String requestId(RequestHeaders headers) {
        String given = headers.get(REQUEST_ID);
        if (given == null) {
            return endpoint.idPrefix() + UUID.randomUUID().toString().replace("-", "");
        }
        if (!VALID_ID.matcher(given).matches()) {
            String message =
                    REQUEST_ID + ": '" + given + "' (expected: 1 to 256 visible ASCII characters)";
            throw ApiError.invalid(message, REQUEST_ID).asException();
        }
        return given;
    }

    private ApiException overloaded() {
        String message =
                options.limits().maxRunningRequests() + " requests are running (expected: fewer)";
        return new ApiError(429, "overloaded", message, null).asException();
    }
}
