package dev.tropical.openai;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tropical.kafka.Repeats;
import dev.tropical.openai.monitor.CallMetrics;
import dev.tropical.openai.monitor.CallTimer;
import dev.tropical.openai.monitor.TimedListener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** One of the endpoints that generate text. */
final class CompletionService implements HttpService {
    /** Beyond the request's deadline, which comes first and says what happened. */
    private static final Duration ANSWER_GRACE = Duration.ofSeconds(5);

    private final Endpoint endpoint;
    private final GatewayOptions options;
    private final Requests requests;
    private final CallGate gate;
    private final CallMetrics metrics;

    /** What is passed in is shared by all endpoints. */
    CompletionService(
            Endpoint endpoint,
            GatewayOptions options,
            Requests requests,
            CallGate gate,
            CallMetrics metrics) {
        this.endpoint = endpoint;
        this.options = options;
        this.requests = requests;
        this.gate = gate;
        this.metrics = metrics;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        gate.enter();
        // Parsing a large body and producing it are no work for an event loop.
        CompletableFuture<HttpResponse> answer =
                request.aggregate()
                        .thenApplyAsync(
                                body -> begin(context, body), context.blockingTaskExecutor());
        HttpResponse response = HttpResponse.of(answer);
        var unused = response.whenComplete().whenComplete((nothing, cause) -> gate.leave());
        return response;
    }

    private HttpResponse begin(ServiceRequestContext context, AggregatedHttpRequest request) {
        CallPlan plan =
                CallReader.read(
                        endpoint,
                        CallHeaders.of(request.headers()),
                        request.content().array(),
                        options.model(),
                        System.currentTimeMillis() / 1000);
        HttpResponseWriter response = HttpResponse.streaming();
        EventId seen = plan.seen();
        Exchange exchange =
                new Exchange(
                        plan.requestId(),
                        seen == null ? Answer.to(plan.call()) : Answer.goingOn(plan.call(), seen),
                        response,
                        context.eventLoop().withoutContext(),
                        plan.parts().size(),
                        options.limits().maxQueuedEvents(),
                        part -> leave(plan, plan.parts().get(part)));
        context.setRequestTimeout(
                TimeoutMode.SET_FROM_NOW, options.limits().requestDeadline().plus(ANSWER_GRACE));
        submit(plan, exchange);
        exchange.watchClient();
        abortWhenClosed(context, response);
        return response;
    }

    private void submit(CallPlan plan, Exchange exchange) {
        Repeats repeats = plan.seen() == null ? Repeats.JOIN : Repeats.REQUIRE;
        for (int i = 0; i < plan.parts().size(); i++) {
            try {
                CallTimer timer = new CallTimer(metrics, plan.objective(), System::nanoTime);
                TimedListener listener = new TimedListener(timer, exchange.listener(i));
                requests.submit(plan.parts().get(i), repeats, listener);
            } catch (ApiException e) {
                exchange.refuse(i, e.error());
                return;
            }
        }
    }

    private void leave(CallPlan plan, CallPlan.Part part) {
        if (!plan.outlivesClient()) {
            requests.leave(part);
        }
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
}
