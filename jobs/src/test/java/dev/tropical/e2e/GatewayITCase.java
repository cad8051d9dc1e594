package dev.tropical.e2e;

import static dev.tropical.e2e.GatewayCalls.CHAT;
import static dev.tropical.e2e.GatewayCalls.COMPLETIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gateway in front of the real job and its engines. */
@ExtendWith(GatewaySystem.class)
class GatewayITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MALFORMED = 10_000;
    private static final int STREAMS = 500;

    /** What is kept of a stream for a day, its id, is 100 bytes; the rest is caches and luck. */
    private static final int MOST_HELD_MIB = 64;

    private static final int DISCONNECTS = 1_000;

    private static TestSystem system;
    private static GatewayCalls calls;

    @BeforeAll
    static void start(TestSystem shared) {
        system = shared;
        calls = new GatewayCalls(shared.local().gatewayUrl());
    }

    static Stream<FieldTable.Row> fields() throws Exception {
        return FieldTable.rows();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void shouldServeOrRefuseEachFieldAsDocumented(FieldTable.Row row) throws Exception {
        HttpResponse<String> answer = calls.post(row.path(), row.body());

        if (row.isRefused()) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            JsonNode error = GatewayCalls.JSON.readTree(answer.body()).path("error");
            assertThat(error.path("param").asText()).isEqualTo(row.field());
            assertThat(error.path("message").asText()).contains("not supported yet");
        } else {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }

    @Test
    void shouldAnswerSeveralPromptsInOneCall() throws Exception {
        String body =
                "{\"prompt\":%s,\"temperature\":0,\"max_tokens\":12,\"n\":1,\"ignore_eos\":true}";
        String first = choice(calls.post(COMPLETIONS, body.formatted("\"Once upon a time\"")), 0);
        String second = choice(calls.post(COMPLETIONS, body.formatted("\"The dog was\"")), 0);

        HttpResponse<String> both =
                calls.post(COMPLETIONS, body.formatted("[\"Once upon a time\",\"The dog was\"]"));

        assertThat(choice(both, 0)).isEqualTo(first);
        assertThat(choice(both, 1)).isEqualTo(second);
        assertThat(GatewayCalls.JSON.readTree(both.body()).at("/usage/completion_tokens").asInt())
                .isEqualTo(24);
    }

    @Test
    void shouldTokenizeAsTheJobDoes() throws Exception {
        JsonNode tokens =
                GatewayCalls.JSON.readTree(
                        calls.post(
                                        "/tokenize",
                                        "{\"prompt\":\"Once upon a"
                                                + " time\",\"return_token_strs\":true}")
                                .body());
        assertThat(tokens.path("count").asInt()).isEqualTo(tokens.path("tokens").size());
        assertThat(tokens.path("token_strs")).hasSameSizeAs(tokens.path("tokens"));
        JsonNode usage =
                GatewayCalls.JSON.readTree(
                        calls.post(COMPLETIONS, "{\"prompt\":\"Once upon a time\"}").body());
        assertThat(usage.at("/usage/prompt_tokens").asInt())
                .isEqualTo(tokens.path("count").asInt());

        String text =
                calls.post("/detokenize", "{\"tokens\":" + tokens.path("tokens") + "}").body();
        assertThat(text).contains("Once upon a time");
        assertThat(calls.post("/tokenize", "{\"messages\":[]}").statusCode()).isEqualTo(400);
    }

    @Test
    void shouldAnswerEveryMalformedBodyWithAClientError() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
        for (int seed = 0; seed < MALFORMED; seed++) {
            String path = seed % 4 == 0 ? CHAT : COMPLETIONS;
            running.add(calls.postAsync(path, MalformedBodies.of(seed)));
            if (running.size() == 50) {
                assertClientErrors(running, seed);
            }
        }
        assertThat(calls.post(COMPLETIONS, "{\"prompt\":\"Once\",\"max_tokens\":2}").statusCode())
                .isEqualTo(200);
    }

    private static void assertClientErrors(
            List<CompletableFuture<HttpResponse<String>>> running, int lastSeed) throws Exception {
        for (int i = 0; i < running.size(); i++) {
            int seed = lastSeed - running.size() + 1 + i;
            HttpResponse<String> answer = running.get(i).get(120, TimeUnit.SECONDS);
            assertThat(answer.statusCode())
                    .as(() -> new String(MalformedBodies.of(seed), StandardCharsets.ISO_8859_1))
                    .isBetween(400, 499);
            assertThat(answer.body()).startsWith("{\"error\":{\"message\":");
        }
        running.clear();
    }

    @Test
    void shouldKeepFiveHundredStreamsApart() throws Exception {
        List<String> prompts = List.of("Once upon a time", "The dog was", "Mia had a red");
        List<String> alone = new ArrayList<>();
        for (String prompt : prompts) {
            alone.add(GatewayCalls.text(calls.post(COMPLETIONS, stream(prompt)).body()));
        }
        long heldBefore = liveHeapBytes();
        List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            byte[] body = stream(prompts.get(i % prompts.size())).getBytes(StandardCharsets.UTF_8);
            running.add(calls.postAsync(COMPLETIONS, body));
        }
        for (int i = 0; i < STREAMS; i++) {
            HttpResponse<String> answer = running.get(i).get(180, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(GatewayCalls.text(answer.body())).isEqualTo(alone.get(i % prompts.size()));
            assertThat(answer.body()).endsWith("data: [DONE]\n\n");
        }
        system.awaitIdle();
        running.clear();
        long heldMib = (liveHeapBytes() - heldBefore) >> 20;
        System.out.printf("%d streams leave %d MiB%n", STREAMS, heldMib);
        assertThat(heldMib).isLessThan(MOST_HELD_MIB);
    }

    /** Of gateway and job, which this process runs; what is garbage does not count. */
    private static long liveHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void shouldFreeEveryBlockOfClientsThatGoAway() throws Exception {
        String body =
                "{\"prompt\":\"Once upon a time\",\"max_tokens\":1500,\"ignore_eos\":true,"
                        + "\"stream\":true}";
        ExecutorService clients = Executors.newFixedThreadPool(40);
        try {
            List<Future<?>> gone = new ArrayList<>();
            for (int seed = 0; seed < DISCONNECTS; seed++) {
                Random random = new Random(seed);
                gone.add(clients.submit(() -> callAndGoAway(body, random)));
            }
            for (Future<?> one : gone) {
                one.get(180, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdownNow();
        }
        system.awaitIdle();
        await().atMost(PATIENCE)
                .until(() -> calls.get("/live").body().contains("\"running_calls\":0,"));
    }

    /** By FIN or RST, before or while the answer comes. */
    private static Void callAndGoAway(String body, Random random) throws Exception {
        try (Socket socket = calls.open(COMPLETIONS, body)) {
            socket.setSoTimeout(60_000);
            if (random.nextBoolean()) {
                assertThat(socket.getInputStream().read()).isEqualTo('H'); // HTTP/1.1
            }
            Thread.sleep(random.nextInt(100));
            if (random.nextBoolean()) {
                socket.setSoLinger(true, 0);
            }
        }
        return null;
    }

    private static String stream(String prompt) {
        return "{\"prompt\":\"%s\",\"temperature\":0,\"max_tokens\":24,\"ignore_eos\":true,\"stream\":true}"
                .formatted(prompt);
    }

    private static String choice(HttpResponse<String> answer, int index) throws Exception {
        return GatewayCalls.JSON.readTree(answer.body()).at("/choices/" + index + "/text").asText();
    }
}
