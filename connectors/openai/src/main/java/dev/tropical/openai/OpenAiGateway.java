package dev.tropical.openai;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.ThreadFactories;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.openai.monitor.CallMetrics;
import dev.tropical.openai.monitor.JobMonitor;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running gateway; {@code docs/OPENAI.md} says what it serves. Owns its server, threads and
 * Kafka clients until {@link #close}.
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

    private final String scheme;
    private final String host;
    private final CompletionStream stream;
    private final JobMonitor job;
    private final Server server;

    private OpenAiGateway(
            GatewayOptions options, @Nullable ModelText text, InetSocketAddress address) {
        this.scheme = options.security().certificate() == null ? "http" : "https";
        this.host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        this.stream = CompletionStream.open(options.kafka(), options.isReadCommitted());
        this.job = JobMonitor.open(options.kafka());
        this.server = server(options, text, address);
    }

    /** Starts a gateway without {@code /tokenize} and {@code /detokenize}. */
    public static OpenAiGateway start(GatewayOptions options) {
        return start(options, null);
    }

    /**
     * Connects to Kafka and starts to listen; the topics must be there.
     *
     * @param text the served model's, which stays the caller's
     * @throws IllegalStateException when the port is in use (naming it), or the start fails
     */
    public static OpenAiGateway start(GatewayOptions options, @Nullable ModelText text) {
        InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
        if (address.isUnresolved()) {
            throw new IllegalStateException(
                    "host: '"
                            + options.host()
                            + "' is unknown (expected: an address of this host)");
        }
        OpenAiGateway gateway = new OpenAiGateway(options, text, address);
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
        return scheme + "://" + host + ":" + port();
    }

    /** Waits until the job runs and an engine is up; false when they are not in time. */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        return job.awaitReady(timeout);
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
            job.close();
        }
    }

    private Server server(
            GatewayOptions options, @Nullable ModelText text, InetSocketAddress address) {
        EventLoopGroup workers =
                loops(
                        Math.min(MAX_LOOPS, Runtime.getRuntime().availableProcessors()),
                        "gateway-io");
        EventLoopGroup acceptor = acceptor(workers);
        ServerBuilder builder =
                Server.builder()
                        .bossGroupFactory(name -> acceptor)
                        .workerGroup(workers, true)
                        .blockingTaskExecutor(bodyReaders(), true)
                        // Its own: two gateways in one process do not share what they count.
                        .meterRegistry(new CompositeMeterRegistry())
                        .requestTimeout(BODY_TIMEOUT)
                        // Refusals are no news; ErrorAnswers logs what is a fault.
                        .unloggedExceptionsReportIntervalMillis(0)
                        .maxRequestLength(options.limits().maxBodyBytes())
                        .errorHandler(new ErrorAnswers(options.limits().maxBodyBytes()));
        listen(builder, options.security(), address);
        Connections.configure(builder);
        addRoutes(builder, options, text);
        return builder.build();
    }

    private static void listen(
            ServerBuilder server, GatewaySecurity security, InetSocketAddress address) {
        if (security.certificate() == null || security.privateKey() == null) {
            server.http(address);
        } else {
            server.https(address)
                    .tls(
                            TlsKeyPair.of(
                                    security.privateKey().toFile(),
                                    security.certificate().toFile()));
        }
        if (!security.apiKeyHashes().isEmpty()) {
            ApiKeys keys = new ApiKeys(security.apiKeyHashes());
            for (String guarded : List.of("prefix:/v1/", "exact:/tokenize", "exact:/detokenize")) {
                server.routeDecorator().path(guarded).build(keys);
            }
        }
    }

    private void addRoutes(ServerBuilder server, GatewayOptions options, @Nullable ModelText text) {
        Requests requests = new Requests(stream, options.limits().requestDeadline());
        CallMetrics metrics = new CallMetrics();
        CallGate gate = new CallGate(job, metrics, options.limits().maxRunningRequests());
        for (Endpoint endpoint : Endpoint.values()) {
            server.route()
                    .post(endpoint.path())
                    .build(new CompletionService(endpoint, options, requests, gate, metrics));
        }
        InfoRoutes.addTo(server, options.model(), System.currentTimeMillis() / 1000);
        PageRoutes.addTo(server, options.model());
        new MonitorRoutes(options.model(), job, metrics, gate::running).addTo(server);
        if (text != null) {
            TextRoutes.addTo(server, text);
        }
    }

    /** They end at once: netty's own quiet period of 2 s waits for work that nobody can bring. */
    private static EventLoopGroup loops(int threads, String name) {
        return EventLoopGroups.builder()
                .numThreads(threads)
                .threadFactory(ThreadFactories.newEventLoopThreadFactory(name, false))
                .gracefulShutdown(Duration.ZERO, STOP_TIMEOUT)
                .build();
    }

    /**
     * Ends with the workers: the server, which ends it next, would do so not through this group but
     * through its thread's own, and that has the quiet period.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the server waits for its end
    private static EventLoopGroup acceptor(EventLoopGroup workers) {
        EventLoopGroup acceptor = loops(1, "gateway-accept");
        workers.terminationFuture().addListener(ended -> acceptor.shutdownGracefully());
        return acceptor;
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
