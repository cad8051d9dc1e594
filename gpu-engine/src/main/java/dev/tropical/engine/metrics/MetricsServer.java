package dev.tropical.engine.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tropical.protocol.wire.EngineInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /metrics} with the metrics, and {@code GET /health} with 200 once the engine
 * serves. One thread of its own.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final int BACKLOG = 16;
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final HttpServer server;
    private final EngineInfo engine;
    private final EngineMetrics metrics;

    private MetricsServer(HttpServer server, EngineInfo engine, EngineMetrics metrics) {
        this.server = server;
        this.engine = engine;
        this.metrics = metrics;
    }

    /**
     * Starts to answer.
     *
     * @param port 0 for any
     * @throws IllegalStateException when the port is in use
     */
    public static MetricsServer start(
            String host, int port, EngineInfo engine, EngineMetrics metrics) {
        HttpServer http;
        try {
            http = HttpServer.create(new InetSocketAddress(host, port), BACKLOG);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "metrics-port: " + port + ": " + e.getMessage() + " (expected: a free port)",
                    e);
        }
        MetricsServer server = new MetricsServer(http, engine, metrics);
        http.createContext(
                "/metrics",
                exchange -> server.answer(exchange, OK, () -> MetricsPage.of(engine, metrics)));
        http.createContext("/health", server::health);
        http.start();
        LOG.info("metrics at {}/metrics", server.address());
        return server;
    }

    /** Where it listens. */
    public String address() {
        InetSocketAddress bound = server.getAddress();
        return "http://" + bound.getHostString() + ":" + bound.getPort();
    }

    private void health(HttpExchange exchange) throws IOException {
        boolean isReady = metrics.status().getReady();
        answer(exchange, isReady ? OK : UNAVAILABLE, () -> engine.getEngineId() + "\n");
    }

    private void answer(HttpExchange exchange, int code, Supplier<String> body) throws IOException {
        try (exchange) {
            byte[] bytes = body.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(code, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
