package dev.tropical.bench.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Any server with OpenAI's completions: a connection a request in flight. */
public final class HttpTarget implements LoadTarget {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    private final URI completions;
    private final @Nullable String apiKey;
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final HttpClient client;
    private final Map<String, CompletableFuture<?>> calls = new ConcurrentHashMap<>();

    /**
     * @param baseUrl ends in {@code /v1}, as OpenAI's clients take it
     * @param apiKey a bearer token, or null
     */
    public HttpTarget(URI baseUrl, @Nullable String apiKey) {
        this.completions = URI.create(baseUrl.toString().replaceAll("/+$", "") + "/completions");
        this.apiKey = apiKey;
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .executor(threads)
                        .build();
    }

    @Override
    public boolean isStreamAskedFor() {
        return true;
    }

    @Override
    public void send(byte[] body, RequestProbe probe) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(completions)
                        .header("content-type", "application/json")
                        .header("x-request-id", probe.id())
                        .POST(BodyPublishers.ofByteArray(body));
        if (apiKey != null) {
            request.header("authorization", "Bearer " + apiKey);
        }
        CompletableFuture<HttpResponse<Void>> call =
                client.sendAsync(request.build(), answer -> subscriber(answer, probe));
        calls.put(probe.id(), call); // this one, not what follows it: cancelling ends the exchange
        CompletableFuture<HttpResponse<Void>> unused =
                call.whenComplete((answer, failure) -> ended(probe, failure));
    }

    private void ended(RequestProbe probe, @Nullable Throwable failure) {
        calls.remove(probe.id());
        if (failure != null) {
            probe.failed(Outcome.FAILED, failure.toString(), null);
        }
    }

    private static BodySubscriber<Void> subscriber(
            HttpResponse.ResponseInfo answer, RequestProbe probe) {
        int status = answer.statusCode();
        if (status == OK) {
            return BodySubscribers.fromLineSubscriber(new Lines(new EventLines(probe)));
        }
        boolean isBusy = status == TOO_MANY || status == UNAVAILABLE;
        return BodySubscribers.mapping(
                BodySubscribers.ofString(UTF_8),
                text -> {
                    probe.failed(
                            isBusy ? Outcome.REJECTED : Outcome.FAILED,
                            "HTTP " + status + ": " + text,
                            null);
                    return null;
                });
    }

    @Override
    public void cancel(RequestProbe probe) {
        CompletableFuture<?> call = calls.remove(probe.id());
        if (call != null) {
            call.cancel(true);
        }
    }

    @Override
    public void close() {
        calls.values().forEach(call -> call.cancel(true));
        threads.shutdownNow();
    }

    /** Hands lines on as they come. */
    private record Lines(EventLines events) implements Flow.Subscriber<String> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            try {
                events.line(line, System.nanoTime());
            } catch (IOException e) {
                onError(e);
            }
        }

        @Override
        public void onError(Throwable failure) {
            events.closed();
        }

        @Override
        public void onComplete() {
            events.closed();
        }
    }
}
