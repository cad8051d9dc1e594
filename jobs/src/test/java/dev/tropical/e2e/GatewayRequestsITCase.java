package dev.tropical.e2e;

import static dev.tropical.e2e.GatewayCalls.COMPLETIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.openai.GatewayOptions;
import dev.tropical.openai.OpenAiGateway;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that several calls share or contend for, and calls that end before their request. */
@ExtendWith(GatewaySystem.class)
class GatewayRequestsITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static TestSystem system;
    private static GatewayCalls calls;
    private static OpenAiGateway other;
    private static GatewayCalls elsewhere;

    @BeforeAll
    static void start(TestSystem shared) throws Exception {
        system = shared;
        calls = new GatewayCalls(shared.local().gatewayUrl());
        other =
                OpenAiGateway.start(
                        GatewayOptions.of("127.0.0.1", 0, "tropical-tiny", shared.local().kafka()));
        assertThat(other.awaitReady(PATIENCE)).isTrue();
        elsewhere = new GatewayCalls(other.url());
    }

    @AfterAll
    static void stop() {
        other.close();
    }

    @Test
    void shouldGoOnWithABrokenStreamAtAnotherGateway() throws Exception {
        String id = "broken-" + UUID.randomUUID();
        String body =
                "{\"prompt\":\"Once upon a time\",\"temperature\":0,\"max_tokens\":60,"
                        + "\"ignore_eos\":true,\"stream\":true}";
        String whole = GatewayCalls.text(calls.post(COMPLETIONS, body).body());
        StringBuilder seen = new StringBuilder();
        String lastId = "";
        try (Stream<String> lines =
                calls.stream(
                        COMPLETIONS, body, "x-request-id", id, "x-on-disconnect", "continue")) {
            for (String line : (Iterable<String>) lines.limit(30)::iterator) {
                seen.append(line).append('\n');
                lastId = line.startsWith("id: ") ? line.substring(4) : lastId;
            }
        }
        try (Stream<String> lines =
                elsewhere.stream(COMPLETIONS, body, "x-request-id", id, "last-event-id", lastId)) {
            lines.forEach(line -> seen.append(line).append('\n'));
        }

        assertThat(GatewayCalls.text(seen.toString())).isEqualTo(whole);
        assertThat(seen).contains("[DONE]");
    }

    /** In the middle of a stream that would go on for long; {@code bench gateway} has the times. */
    @ParameterizedTest
    @ValueSource(strings = {"FIN", "RST", "RST_STREAM"})
    void shouldFreeTheBlocksOfAClientThatGoesAway(String way) throws Exception {
        String body =
                "{\"prompt\":\"The dog"
                        + " was\",\"max_tokens\":1900,\"ignore_eos\":true,\"stream\":true}";
        if (way.equals("RST_STREAM")) {
            try (Stream<String> lines = calls.streamOverHttp2(COMPLETIONS, body)) {
                assertThat(lines.iterator().next()).startsWith("id: ");
                awaitBlocksInUse();
            }
        } else {
            try (Socket socket = calls.open(COMPLETIONS, body)) {
                assertThat(socket.getInputStream().read()).isEqualTo('H'); // HTTP/1.1
                awaitBlocksInUse();
                socket.setSoLinger(way.equals("RST"), 0);
            }
        }
        long goneNs = System.nanoTime();
        await().atMost(Duration.ofSeconds(20)).until(() -> !areBlocksInUse());
        System.out.printf(
                "blocks free %d ms after %s%n", (System.nanoTime() - goneNs) / 1_000_000, way);
    }

    private static void awaitBlocksInUse() {
        await().atMost(PATIENCE).until(GatewayRequestsITCase::areBlocksInUse);
    }

    private static boolean areBlocksInUse() {
        return system.statuses().values().stream()
                .anyMatch(status -> status.getBlocksFree() < status.getBlocksTotal());
    }

    @Test
    void shouldGoOnWhileOneOfTwoClientsAtTwoGatewaysStays() throws Exception {
        String id = "shared-" + UUID.randomUUID();
        String body = stream("The dog was").replace("24", "400");
        String whole = GatewayCalls.text(calls.post(COMPLETIONS, body).body());
        try (Stream<String> leaves = calls.stream(COMPLETIONS, body, "x-request-id", id)) {
            assertThat(leaves.iterator().next()).startsWith("id: ");
            try (Stream<String> stays = elsewhere.stream(COMPLETIONS, body, "x-request-id", id)) {
                Iterator<String> lines = stays.iterator();
                StringBuilder seen = new StringBuilder(lines.next() + "\n");
                leaves.close();
                lines.forEachRemaining(line -> seen.append(line).append('\n'));
                assertThat(GatewayCalls.text(seen.toString())).isEqualTo(whole);
                assertThat(seen).contains("[DONE]");
            }
        }
    }

    @Test
    void shouldGiveAnIdToOneOfTwoBodiesAtTwoGatewaysAtOnce() throws Exception {
        for (int run = 0; run < 8; run++) {
            String id = "contended-" + UUID.randomUUID();
            CompletableFuture<HttpResponse<String>> one =
                    calls.postAsync(COMPLETIONS, stream("Once upon a time"), "x-request-id", id);
            CompletableFuture<HttpResponse<String>> two =
                    elsewhere.postAsync(COMPLETIONS, stream("The dog was"), "x-request-id", id);
            List<HttpResponse<String>> answers =
                    List.of(one.get(60, TimeUnit.SECONDS), two.get(60, TimeUnit.SECONDS));
            assertThat(answers)
                    .extracting(HttpResponse::statusCode)
                    .containsExactlyInAnyOrder(200, 409);
            for (HttpResponse<String> answer : answers) {
                assertThat(answer.body())
                        .contains(answer.statusCode() == 200 ? "[DONE]" : "duplicate_id");
            }
        }
    }

    @Test
    void shouldNotBeginARequestThatItIsToGoOnWith() throws Exception {
        String id = "unknown-" + UUID.randomUUID();

        HttpResponse<String> answer =
                calls.post(
                        COMPLETIONS,
                        stream("The dog was"),
                        "x-request-id",
                        id,
                        "last-event-id",
                        "0:0:0");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("\"code\":\"not_found\"");
        // Nothing has used the id: another body under it is served.
        assertThat(calls.post(COMPLETIONS, stream("Mia had"), "x-request-id", id).statusCode())
                .isEqualTo(200);
    }

    private static String stream(String prompt) {
        return "{\"prompt\":\"%s\",\"temperature\":0,\"max_tokens\":24,\"ignore_eos\":true,\"stream\":true}"
                .formatted(prompt);
    }
}
