package dev.tropical.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tropical.protocol.BodyHash;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenAiGatewayITCase {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final GatewayLimits LIMITS = new GatewayLimits(DEADLINE, 64 * 1024, 256, 2);

    // One for all tests that do not close it.
    private static OpenAiGateway gateway;
    private static TestClient client;

    private final String id = "call-" + UUID.randomUUID();
    private FakeJob job;

    @BeforeAll
    static void startGateway() {
        gateway = gateway(LIMITS);
        client = new TestClient(gateway);
    }

    @AfterAll
    static void stopGateway() {
        gateway.close();
    }

    @BeforeEach
    void startJob() throws Exception {
        job = FakeJob.start(SharedKafka.settings());
        assertThat(gateway.awaitReady(DEADLINE)).isTrue();
    }

    @AfterEach
    void stopJob() throws Exception {
        job.close();
    }

    @Test
    void shouldStreamEachTokenWhenItIsGenerated() throws Exception {
        String body = "{\"prompt\": \"Once\", \"stream\":true}";
        CompletableFuture<HttpResponse<Stream<String>>> call = client.stream(COMPLETIONS, id, body);
        assertThat(job.next()).isEqualTo(new FakeJob.Received(id, "{\"prompt\":\"Once\"}"));

        job.sayChunk(id, 0, 0, 0, " upon");
        HttpResponse<Stream<String>> answer = call.get(60, TimeUnit.SECONDS);
        assertThat(answer.headers().firstValue("content-type"))
                .contains("text/event-stream; charset=utf-8");
        assertThat(answer.headers().firstValue("x-request-id")).contains(id);
        Iterator<String> lines = answer.body().iterator();
        assertThat(lines.next()).matches("id: \\d+:\\d+:0");
        assertThat(lines.next())
                .startsWith("data: {\"id\":\"cmpl-" + id + "\",\"object\":\"text_completion\"")
                .contains("\"model\":\"demo\"", "\"text\":\" upon\"");
        assertThat(lines.next()).isEmpty();

        job.sayChunk(id, 0, 1, 5, " a");
        assertThat(lines.next()).matches("id: \\d+:\\d+:5");
        assertThat(lines.next()).contains("\"text\":\" a\"");
        assertThat(lines.next()).isEmpty();

        job.sayFinish(id, 0, 2, 7, "length");
        job.sayEnding(id, 1, 2);
        assertThat(lines.next()).startsWith("id: ");
        assertThat(lines.next()).contains("\"finish_reason\":\"length\"");
        assertThat(lines.next()).isEmpty();
        assertThat(lines.next()).startsWith("id: ");
        assertThat(lines.next()).isEqualTo("data: [DONE]");
    }

    @Test
    void shouldAnswerAChatOfTwoChoicesWhole() throws Exception {
        CompletableFuture<HttpResponse<String>> call =
                client.post(CHAT, id, "{\"messages\":[],\"n\":2,\"model\":\"mine\"}");
        job.next();
        job.sayChunk(id, 1, 0, 0, "b");
        job.sayChunk(id, 0, 0, 0, "a");
        job.sayFinish(id, 0, 1, 1, "stop");
        job.sayFinish(id, 1, 1, 1, "length");
        job.sayEnding(id, 4, 2);

        HttpResponse<String> answer = call.get(60, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"object\":\"chat.completion\"", "\"model\":\"mine\"")
                .contains("{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"")
                .contains("{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"b\"")
                .contains("\"total_tokens\":6");
    }

    @Test
    void shouldMakeUpAnIdOfTheEndpointsKind() throws Exception {
        try (Socket caller = client.postAndNeverRead(CHAT, null, "{}")) {
            assertThat(job.next().id()).matches("chatcmpl-[0-9a-f]{32}");
        }
        assertThat(job.next().isLeave()).isTrue();
    }

    @Test
    void shouldGiveAdmissionsErrorItsStatusAlsoToAStream() throws Exception {
        CompletableFuture<HttpResponse<String>> call =
                client.post(COMPLETIONS, id, "{\"prompt\":\"\",\"stream\":true}");
        job.next();
        job.sayFailure(id, "model_not_found", "model: 'x' (expected: 'demo')", "model");

        HttpResponse<String> answer = call.get(60, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"error\":{\"message\":\"model: 'x' (expected: 'demo')\","
                                + "\"type\":\"invalid_request_error\",\"param\":\"model\","
                                + "\"code\":\"model_not_found\"}}");
    }

    @Test
    void shouldRefuseABodyThatIsNotJsonWithoutProducingIt() throws Exception {
        HttpResponse<String> answer =
                client.post(COMPLETIONS, id, "{\"prompt\":").get(60, TimeUnit.SECONDS);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"invalid_request\"", "body: not JSON");
        assertThat(job.isIdle()).isTrue();
    }

    @Test
    void shouldRefuseABodyThatIsTooLarge() throws Exception {
        String body = "{\"prompt\":\"" + "x".repeat(64 * 1024) + "\"}";

        HttpResponse<String> answer = client.post(COMPLETIONS, id, body).get(60, TimeUnit.SECONDS);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body())
                .contains("\"code\":\"request_too_large\"", "expected: at most 65536 bytes");
    }

    @Test
    void shouldSayInItsOwnShapeThatAnEndpointIsNotThere() throws Exception {
        assertThat(client.get("/v2/x").statusCode()).isEqualTo(404);
        assertThat(client.get("/v2/x").body()).contains("GET /v2/x: no such endpoint");
        assertThat(client.get(CHAT).statusCode()).isEqualTo(405);
        assertThat(client.get(CHAT).body()).startsWith("{\"error\":{\"message\":");
    }

    @Test
    void shouldRefuseAnIdWithSpaces() throws Exception {
        HttpResponse<String> answer =
                client.post(CHAT, "two words", "{}").get(60, TimeUnit.SECONDS);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"param\":\"x-request-id\"");
    }

    @Test
    void shouldTellTheJobOfEachCallThatLeavesASharedRequest() throws Exception {
        String body = "{\"messages\":[]}";
        CompletableFuture<HttpResponse<String>> first = client.post(CHAT, id, body);
        job.next();
        try (Socket second = client.postAndNeverRead(CHAT, id, body)) {
            job.next();
            job.sayRepeat(id, body, System.currentTimeMillis());
        }
        assertThat(job.next())
                .matches(FakeJob.Received::isLeave)
                .matches(leave -> leave.body().contains(BodyHash.of(body.getBytes(UTF_8))));
        job.sayChunk(id, 0, 0, 0, "Hi");
        job.sayFinish(id, 0, 1, 2, "stop");
        job.sayEnding(id, 1, 1);

        assertThat(first.get(60, TimeUnit.SECONDS).body()).contains("\"content\":\"Hi\"");
        assertThat(job.isIdle()).isTrue(); // the other has got its answer
    }

    @Test
    void shouldAskForAnIdToGoOnWithAndNotForItsCompletion() throws Exception {
        String headers = id + "\r\nlast-event-id: 0:0:0";
        try (Socket caller = client.postAndNeverRead(CHAT, headers, "{\"stream\":true}")) {
            FakeJob.Received asked = job.next();
            assertThat(asked.isJoin()).isTrue();
            assertThat(asked.body()).doesNotContain("messages").contains("body_sha256");
            job.sayNotFound(id);
            String answer = new String(caller.getInputStream().readNBytes(12), UTF_8);
            assertThat(answer).isEqualTo("HTTP/1.1 404");
        }
        assertThat(job.isIdle()).isTrue();
    }

    @Test
    void shouldAnswerARepeatedCallWithWhatTheFirstOneGot() throws Exception {
        String body = "{\"prompt\":\"a\"}";
        CompletableFuture<HttpResponse<String>> first = client.post(COMPLETIONS, id, body);
        job.next();
        long arrivedAtMs = System.currentTimeMillis();
        job.sayChunk(id, 0, 0, 0, "once");
        job.sayFinish(id, 0, 1, 4, "length");
        job.sayEnding(id, 1, 1);
        String answer = first.get(60, TimeUnit.SECONDS).body();
        CompletableFuture<HttpResponse<String>> again;
        try (OpenAiGateway other = ready(gateway(LIMITS))) {
            again = new TestClient(other).post(COMPLETIONS, id, body);
            job.next();
            job.sayRepeat(id, body, arrivedAtMs);

            assertThat(withoutTime(again.get(20, TimeUnit.SECONDS).body()))
                    .isEqualTo(withoutTime(answer))
                    .contains("\"text\":\"once\"");
        }
    }

    @Test
    void shouldRefuseAUsedIdWithAnotherBody() throws Exception {
        CompletableFuture<HttpResponse<String>> call = client.post(CHAT, id, "{\"messages\":[]}");
        job.next();
        job.sayRepeat(id, "{\"messages\":[1]}", 1);

        HttpResponse<String> answer = call.get(60, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("\"code\":\"duplicate_id\"", "another body");
        assertThat(job.isIdle()).isTrue(); // the first request is not cancelled
    }

    @Test
    void shouldLetARequestOutliveItsClientThatAsksForIt() throws Exception {
        try (Socket caller =
                client.postAndNeverRead(
                        CHAT, id + "\r\nx-on-disconnect: continue", "{\"messages\":[]}")) {
            job.next();
        }
        client.post(CHAT, id + "-2", "{\"messages\":[]}");

        assertThat(job.next().id()).isEqualTo(id + "-2"); // and no cancellation before it
        job.sayFailure(id, "cancelled", "the test is over", null);
        job.sayFailure(id + "-2", "cancelled", "the test is over", null);
    }

    private static String withoutTime(String answer) {
        return answer.replaceFirst("\"created\":\\d+", "\"created\":0");
    }

    @Test
    void shouldRefuseMoreCallsAtATimeThanItsLimit() throws Exception {
        CompletableFuture<HttpResponse<String>> first = client.post(CHAT, id, "{}");
        CompletableFuture<HttpResponse<String>> second = client.post(CHAT, id + "-2", "{}");
        job.next();
        job.next();

        HttpResponse<String> third = client.post(CHAT, id + "-3", "{}").get(60, TimeUnit.SECONDS);
        assertThat(third.statusCode()).isEqualTo(429);
        assertThat(third.body()).contains("\"code\":\"overloaded\"");

        job.sayFailure(id, "queue_timeout", "no room", null);
        job.sayFailure(id + "-2", "engine_failed", "lost", null);
        assertThat(first.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        assertThat(second.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        try (Socket fourth = client.postAndNeverRead(CHAT, id + "-4", "{}")) {
            assertThat(job.next().id()).isEqualTo(id + "-4");
        }
        assertThat(job.next().isLeave()).isTrue();
    }

    @Test
    void shouldCancelTheRequestOfAClientThatGoesAwayBeforeTheFirstToken() throws Exception {
        try (Socket caller = client.postAndNeverRead(COMPLETIONS, id, "{\"prompt\":\"a\"}")) {
            assertThat(job.next().isLeave()).isFalse();
        }

        FakeJob.Received cancel = job.next();
        assertThat(cancel.id()).isEqualTo(id);
        assertThat(cancel.isLeave()).isTrue();
    }

    @Test
    void shouldCancelTheRequestOfAClientThatGoesAwayInTheStream() throws Exception {
        try (Socket caller = client.postAndNeverRead(COMPLETIONS, id, "{\"stream\":true}")) {
            job.next();
            job.sayChunk(id, 0, 0, 0, "a");
            assertThat(caller.getInputStream().read()).isEqualTo('H'); // of HTTP/1.1 200
        }

        assertThat(job.next().isLeave()).isTrue();
    }

    @Test
    void shouldCancelTheRequestOfAnHttp2StreamThatIsReset() throws Exception {
        var call = client.postOverHttp2(COMPLETIONS, id, "{\"stream\":true}");
        job.next();
        job.sayChunk(id, 0, 0, 0, "a");

        call.abort();

        assertThat(job.next().isLeave()).isTrue();
    }

    @Test
    void shouldCancelTheRequestOfAClientThatReadsTooSlowly() throws Exception {
        String text = "x".repeat(1024 * 1024); // more than loopback's buffers in a few chunks
        try (OpenAiGateway small = ready(gateway(new GatewayLimits(DEADLINE, 64 * 1024, 4, 2)));
                Socket caller =
                        new TestClient(small)
                                .postAndNeverRead(COMPLETIONS, id, "{\"stream\":true}")) {
            job.next();
            for (int i = 0; i < 40 && job.isIdle(); i++) {
                job.sayChunk(id, 0, i, i * text.length(), text);
                Thread.sleep(20); // lets the socket's buffers fill before the queue does
            }

            assertThat(job.next().isLeave()).isTrue();
        }
    }

    @Test
    void shouldGiveUpAtTheDeadlineAndCancel() throws Exception {
        GatewayLimits limits = new GatewayLimits(Duration.ofMillis(500), 64 * 1024, 4, 2);
        try (OpenAiGateway hasty = ready(gateway(limits))) {
            HttpResponse<String> answer =
                    new TestClient(hasty).post(CHAT, id, "{}").get(60, TimeUnit.SECONDS);

            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(answer.body()).contains("\"code\":\"timeout\"");
            assertThat(job.next().isLeave()).isFalse();
            assertThat(job.next().isLeave()).isTrue();
        }
    }

    @Test
    void shouldCancelWhatRunsWhenItIsClosed() throws Exception {
        CompletableFuture<HttpResponse<String>> call;
        try (OpenAiGateway closed = ready(gateway(LIMITS))) {
            call = new TestClient(closed).post(CHAT, id, "{}");
            job.next();
        }

        assertThat(job.next()).matches(FakeJob.Received::isLeave);
        assertThat(call).failsWithin(Duration.ofSeconds(60));
    }

    @Test
    void shouldSayWhatItServes() throws Exception {
        assertThat(client.get("/v1/models").body())
                .startsWith("{\"object\":\"list\",\"data\":[{\"id\":\"demo\",\"object\":\"model\"");
        assertThat(client.get("/v1/models/demo").body()).startsWith("{\"id\":\"demo\"");
        assertThat(client.get("/v1/models/org/other").statusCode()).isEqualTo(404);
        assertThat(client.get("/version").body()).matches("\\{\"version\":\"\\d[^$]*\"}");
        assertThat(client.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldTurnCallsAwayWhileTheQueueIsFull() throws Exception {
        job.reportQueue(1024, false);
        await().atMost(DEADLINE).until(() -> client.get("/live").body().contains("\"open\":false"));

        HttpResponse<String> answer = client.post(CHAT, id, "{}").get(60, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValueAsLong("retry-after").getAsLong()).isBetween(1L, 60L);
        assertThat(answer.body()).contains("cell 0 has 1024 requests queued", "rate_limit_error");

        job.reportQueue(512, true);
        await().atMost(DEADLINE).until(() -> client.get("/live").body().contains("\"open\":true"));
        try (Socket next = client.postAndNeverRead(CHAT, id, "{}")) {
            assertThat(job.next().id()).isEqualTo(id);
        }
        assertThat(job.next().isLeave()).isTrue();
    }

    @Test
    void shouldSayWhatTheSystemDoesToPrometheusAndPeople() throws Exception {
        assertThat(client.get("/ready").statusCode()).isEqualTo(200);
        assertThat(client.get("/metrics").body())
                .contains(
                        "# TYPE vllm:time_to_first_token_seconds histogram",
                        "vllm:num_requests_running{model_name=\"demo\",engine=\"engine-0\","
                                + "role=\"decode\"} 2",
                        "vllm:num_requests_waiting{model_name=\"demo\",engine=\"engine-0\","
                                + "role=\"decode\"} 1",
                        "vllm:kv_cache_usage_perc{model_name=\"demo\",engine=\"engine-0\","
                                + "role=\"decode\"} 0.6",
                        "vllm:num_preemptions_total",
                        "tropical:route_decisions_total{model_name=\"demo\","
                                + "rule=\"idle-decode\"} 5");
        assertThat(client.get("/live").body()).contains("\"id\":\"engine-0\"");
        assertThat(client.get("/").headers().firstValue("content-security-policy")).isPresent();
        assertThat(client.get("/docs").body()).contains("/openapi.json");
        assertThat(client.get("/openapi.json").body())
                .contains("\"/v1/chat/completions\"", "\"#/components/schemas/message\"")
                .doesNotContain("$defs");
    }

    @Test
    void shouldRefuseCallsBeforeAnyJobRuns() throws Exception {
        job.close();
        try (OpenAiGateway lonely = gateway(LIMITS)) {
            TestClient caller = new TestClient(lonely);
            HttpResponse<String> answer = caller.post(CHAT, id, "{}").get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("\"code\":\"no_engine\"", "does not run");
            assertThat(answer.headers().firstValue("retry-after")).isPresent();
            assertThat(caller.get("/ready").statusCode()).isEqualTo(503);
            assertThat(caller.get("/health").statusCode()).isEqualTo(200);
        }
        job = FakeJob.start(SharedKafka.settings());
    }

    @Test
    void shouldNameThePortThatIsInUse() {
        GatewayOptions options =
                GatewayOptions.of("127.0.0.1", gateway.port(), "demo", SharedKafka.settings());

        assertThatThrownBy(() -> OpenAiGateway.start(options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "port: " + gateway.port() + " cannot be bound on 127.0.0.1", "in use");
    }

    @Test
    void shouldNameTheHostThatIsUnknown() {
        GatewayOptions options =
                GatewayOptions.of("no.such.host.invalid", 0, "demo", SharedKafka.settings());

        assertThatThrownBy(() -> OpenAiGateway.start(options))
                .hasMessageContaining("host: 'no.such.host.invalid' is unknown");
    }

    private static OpenAiGateway ready(OpenAiGateway started) throws InterruptedException {
        assertThat(started.awaitReady(DEADLINE)).isTrue();
        return started;
    }

    private static OpenAiGateway gateway(GatewayLimits limits) {
        return OpenAiGateway.start(
                new GatewayOptions(
                        "127.0.0.1",
                        0,
                        "demo",
                        SharedKafka.settings(),
                        false,
                        limits,
                        GatewaySecurity.OFF));
    }
}
