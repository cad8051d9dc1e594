package dev.tropical.openai;

import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.ThreadFactories;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tropical.kafka.CompletionStream;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running gateway: {@code POST /v1/completions} and {@code /v1/chat/completions}, streaming and
 * not, {@code GET /v1/models}, {@code /health} and {@code /version}. Owns its server, threads and
 * Kafka client until {@link #close}.
 */
public final class OpenAiGateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenAiGateway.class);

    /** For a body to come in; a call's own deadline starts when it has. */
    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    /** They read the bodies: some tens of microseconds each, and milliseconds for the largest. */
    private static final int BLOCKING_THREADS = 4;

    /** One turns some 100,000 events a second into text; more than the topic brings. */
    private static final int MAX_LOOPS = 4;

    private final String host;
    private final CompletionStream stream;
    private final Server server;

    private OpenAiGateway(GatewayOptions options, InetSocketAddress address) {
        this.host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        this.stream = CompletionStream.open(options.kafka(), options.isReadCommitted());
        this.server = server(options, address);
    }

    /**
     * Connects to Kafka and starts to listen; the topics must be there.
     *
     * @throws IllegalStateException when the port is in use (naming it), or the start fails
     */
    public static OpenAiGateway start(GatewayOptions options) {
        InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
        if (address.isUnresolved()) {
            throw new IllegalStateException(
                    "host: '"
                            + options.host()
                            + "' is unknown (expected: an address of this host)");
        }
        OpenAiGateway gateway = new OpenAiGateway(options, address);
        try {
            await(gateway.server.start(), START_TIMEOUT);
        } catch (Exception e) {
            gateway.close();
            throw startFailure(options, e);
        }
        LOG.info("gateway for model {} listens on {}", options.model(), gateway.url());
        return gateway;
    }

    /** Where it listens, {@code http://host:port}. */
    public String url() {
        return "http://" + host + ":" + port();
    }

    /** The port that was bound. */
    public int port() {
        return server.activeLocalPort();
    }

    /** Stops listening, cancels the requests that are still running, and ends all threads. */
    @Override
    public void close() {
        // In this order: the server's end aborts the answers, whose cancellations the stream
        // produces.
        try {
            await(server.stop(), STOP_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the server did not stop as it should", e);
        } finally {
            stream.close();
        }
    }

    private Server server(GatewayOptions options, InetSocketAddress address) {
        Requests requests = new Requests(stream, options.limits().requestDeadline());
        AtomicInteger running = new AtomicInteger();
        int workers = Math.min(MAX_LOOPS, Runtime.getRuntime().availableProcessors());
        ServerBuilder builder =
                Server.builder()
                        .http(address)
                        .workerGroup(loops(workers, "gateway-io"), true)
                        .blockingTaskExecutor(bodyReaders(), true)
                        // Its own: two gateways in one process do not share what they count.
                        .meterRegistry(new CompositeMeterRegistry())
                        .requestTimeout(BODY_TIMEOUT)
                        // Refusals are no news; ErrorAnswers logs what is a fault.
                        .unloggedExceptionsReportIntervalMillis(0)
                        .maxRequestLength(options.limits().maxBodyBytes())
                        .errorHandler(new ErrorAnswers(options.limits().maxBodyBytes()));
        for (Endpoint endpoint : Endpoint.values()) {
            builder.route()
                    .post(endpoint.path())
                    .build(new CompletionService(endpoint, options, requests, running));
        }
        InfoRoutes.addTo(builder, options.model(), System.currentTimeMillis() / 1000);
        return builder.build();
    }

    /** They end at once: netty's own quiet period of 2 s waits for work that nobody can bring. */
    private static EventLoopGroup loops(int threads, String name) {
        return EventLoopGroups.builder()
                .numThreads(threads)
                .threadFactory(ThreadFactories.newEventLoopThreadFactory(name, false))
                .gracefulShutdown(Duration.ZERO, STOP_TIMEOUT)
                .build();
    }

    private static ScheduledExecutorService bodyReaders() {
        return Executors.newScheduledThreadPool(
                BLOCKING_THREADS, work -> new Thread(work, "gateway-body"));
    }

    private static void await(CompletableFuture<?> future, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static IllegalStateException startFailure(GatewayOptions options, Exception thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null
                && (cause instanceof ExecutionException || cause instanceof CompletionException)) {
            cause = cause.getCause();
        }
        if (cause instanceof IOException) {
            return new IllegalStateException(
                    "port: %d cannot be bound on %s: %s (expected: a free port, or 0 for any)"
                            .formatted(options.port(), options.host(), cause.getMessage()),
                    cause);
        }
        return new IllegalStateException("the gateway cannot start: " + cause.getMessage(), cause);
    }
}
