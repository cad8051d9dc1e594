package dev.tropical.bench;

import dev.tropical.launch.EngineMonitor;
import dev.tropical.protocol.wire.EngineStatus;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * How long the KV blocks of a client that has gone away stay taken: from its going in the middle of
 * a stream until every engine's status shows all blocks free.
 */
final class Disconnects {
    /** How a client goes away. */
    enum Way {
        FIN,
        RST,
        RST_STREAM
    }

    private static final long TIMEOUT_NS = Duration.ofSeconds(30).toNanos();
    private static final String PATH = "/v1/completions";

    /** Longer than the bound, however fast the engine is. */
    private static final String BODY =
            "{\"prompt\":\"Once upon a time\",\"max_tokens\":1900,\"ignore_eos\":true,"
                    + "\"stream\":true}";

    private final URI gateway;
    private final EngineMonitor engines;
    private final HttpClient http2 = HttpClient.newBuilder().version(Version.HTTP_2).build();

    /** The monitor stays the caller's. */
    Disconnects(URI gateway, EngineMonitor engines) {
        this.gateway = gateway;
        this.engines = engines;
    }

    /** One client after the other. */
    Latencies measure(Way way, int clients) throws IOException, InterruptedException {
        Latencies freed = new Latencies();
        for (int i = 0; i < clients; i++) {
            long goneNs = way == Way.RST_STREAM ? resetStream() : closeSocket(way == Way.RST);
            await(true);
            freed.add((System.nanoTime() - goneNs) / 1e6);
        }
        return freed;
    }

    /** Returns when the client went. */
    private long closeSocket(boolean isReset) throws IOException, InterruptedException {
        try (Socket socket = new Socket(gateway.getHost(), gateway.getPort())) {
            socket.setSoTimeout(30_000);
            String call =
                    "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(PATH, BODY.length(), BODY);
            socket.getOutputStream().write(call.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            if (in.read() != 'H') {
                throw new IOException("the gateway's answer does not begin with HTTP/1.1");
            }
            await(false);
            if (isReset) {
                socket.setSoLinger(true, 0);
            }
            return System.nanoTime();
        }
    }

    private long resetStream() throws IOException, InterruptedException {
        HttpRequest call =
                HttpRequest.newBuilder(gateway.resolve(PATH))
                        .POST(BodyPublishers.ofString(BODY))
                        .build();
        HttpResponse<InputStream> answer = http2.send(call, BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            if (answer.version() != Version.HTTP_2 || in.read() < 0) {
                throw new IOException("no stream over HTTP/2 but " + answer);
            }
            await(false);
            return System.nanoTime();
        }
    }

    /** Until all blocks are free, or some are taken. */
    private void await(boolean isFree) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (engines.statuses().values().stream().allMatch(Disconnects::isFree) != isFree) {
            if (System.nanoTime() > deadlineNs) {
                throw new IOException(
                        "all blocks free: " + !isFree + " for 30 s (expected: " + isFree + ")");
            }
            Thread.sleep(1);
        }
    }

    private static boolean isFree(EngineStatus status) {
        return status.getBlocksFree() == status.getBlocksTotal();
    }
}
