package dev.tropical.openai;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Calls a gateway as any client would: the JDK's own HTTP client, and a bare socket. */
final class TestClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private final OpenAiGateway gateway;

    TestClient(OpenAiGateway gateway) {
        this.gateway = gateway;
    }

    /** The whole answer, when it has come. */
    CompletableFuture<HttpResponse<String>> post(String path, String id, String body) {
        return http.sendAsync(request(path, id, body), BodyHandlers.ofString());
    }

    /** The answer's lines, as they come. */
    CompletableFuture<HttpResponse<Stream<String>>> stream(String path, String id, String body) {
        return http.sendAsync(request(path, id, body), BodyHandlers.ofLines());
    }

    /** A call over HTTP/2, whose connection outlives it; aborting it resets its stream alone. */
    com.linecorp.armeria.common.HttpResponse postOverHttp2(String path, String id, String body) {
        String uri = gateway.url().replace("http:", "h2c:");
        return WebClient.of(uri)
                .execute(
                        RequestHeaders.of(HttpMethod.POST, path, CallHeaders.REQUEST_ID, id),
                        HttpData.ofUtf8(body));
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create(gateway.url() + path);
        return http.send(
                HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofString());
    }

    /**
     * A connection that has sent a call and reads nothing; closing it is all it can do.
     *
     * @param id null to send none
     */
    Socket postAndNeverRead(String path, String id, String body) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()), 5_000);
        OutputStream out = socket.getOutputStream();
        String head =
                "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n%s\r\n"
                        .formatted(
                                path,
                                body.length(),
                                id == null ? "" : "x-request-id: " + id + "\r\n");
        out.write((head + body).getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }

    private HttpRequest request(String path, String id, String body) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(TIMEOUT)
                .header("content-type", "application/json")
                .header("x-request-id", id)
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}
