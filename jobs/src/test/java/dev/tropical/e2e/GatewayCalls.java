package dev.tropical.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Calls to a gateway, by the JDK's client and by bare sockets. */
final class GatewayCalls {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String COMPLETIONS = "/v1/completions";
    static final String CHAT = "/v1/chat/completions";

    private static final Duration TIMEOUT = Duration.ofSeconds(120);

    private final HttpClient http = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
    private final HttpClient http2 = HttpClient.newBuilder().version(Version.HTTP_2).build();
    private final String url;

    GatewayCalls(String url) {
        this.url = url;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT).build(),
                BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> postAsync(String path, String body, String... headers) {
        return http.sendAsync(request(path, bytes(body), headers), BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> postAsync(String path, byte[] body) {
        return http.sendAsync(request(path, body), BodyHandlers.ofString());
    }

    /** An answer's lines as they come; closing the stream closes the connection. */
    Stream<String> stream(String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer =
                http.send(request(path, bytes(body), headers), BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + ": " + answer.body().toList());
        }
        return answer.body();
    }

    /** The same over HTTP/2: closing the stream resets it, and its connection stays. */
    Stream<String> streamOverHttp2(String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer =
                http2.send(request(path, bytes(body)), BodyHandlers.ofLines());
        if (answer.statusCode() != 200 || answer.version() != Version.HTTP_2) {
            throw new AssertionError(answer + ": " + answer.body().toList());
        }
        return answer.body();
    }

    /** A connection that has sent a call. */
    Socket open(String path, String body) throws IOException {
        URI address = URI.create(url);
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 20_000);
        OutputStream out = socket.getOutputStream();
        byte[] content = bytes(body);
        String head =
                "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n"
                        .formatted(path, content.length);
        out.write(bytes(head));
        out.write(content);
        out.flush();
        return socket;
    }

    /** The text of a stream's events, put together; each must have the id. */
    static String text(String events) throws IOException {
        StringBuilder text = new StringBuilder();
        String id = null;
        for (String line : events.split("\n")) {
            if (line.startsWith("data: {")) {
                JsonNode chunk = JSON.readTree(line.substring(6));
                if (id != null && !chunk.path("id").asText().equals(id)) {
                    throw new AssertionError(id + " and " + chunk.path("id") + " in one stream");
                }
                id = chunk.path("id").asText();
                text.append(chunk.at("/choices/0/text").asText());
            }
        }
        return text.toString();
    }

    HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        return http.send(request(path, bytes(body), headers), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, byte[] body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(TIMEOUT)
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
