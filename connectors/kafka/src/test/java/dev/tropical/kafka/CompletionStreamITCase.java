package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompletionStreamITCase {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private static KafkaSettings settings;
    private static FakeServer server;
    private CompletionStream stream;

    @BeforeAll
    static void startServer() {
        settings = SharedKafka.freshTopics();
        server = new FakeServer(settings);
    }

    @AfterAll
    static void endServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void open() {
        stream = CompletionStream.open(settings, false);
    }

    @AfterEach
    void close() {
        stream.close();
    }

    @Test
    void shouldIterateOverOneRequest() {
        try (Completion completion = stream.submit("one", body("ok"), TIMEOUT)) {
            List<CompletionEvent> events = new ArrayList<>();
            completion.forEachRemaining(events::add);
            assertThat(text(events)).isEqualTo("one says: ok");
            assertThat(events.get(events.size() - 2)).isEqualTo(new Finish(0, "stop", null));
            assertThat(events.get(events.size() - 1))
                    .isInstanceOfSatisfying(
                            Ending.class, e -> assertThat(e.timings()).isEqualTo("{}"));
            assertThat(completion.hasNext()).isFalse();
        }
    }

    @Test
    void shouldFollowThreeHundredRequestsAtATime() throws Exception {
        List<CompletableFuture<List<CompletionEvent>>> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Collector collector = new Collector();
            stream.submit("r" + i, body("repeat"), TIMEOUT, collector);
            all.add(collector.done);
        }
        for (int i = 0; i < all.size(); i++) {
            List<CompletionEvent> events = all.get(i).get(20, TimeUnit.SECONDS);
            assertThat(text(events)).isEqualTo("r" + i + " says: repeat");
            assertThat(events).filteredOn(e -> e instanceof Ending).hasSize(1);
        }
    }

    @Test
    void shouldThrowWhenTheServerContradictsItself() {
        try (Completion completion = stream.submit("liar", body("contradict"), TIMEOUT)) {
            assertThat(completion.next()).isInstanceOf(Chunk.class);
            assertThatThrownBy(() -> completion.forEachRemaining(e -> {}))
                    .isInstanceOf(ContradictionException.class)
                    .hasMessageContaining("request liar, choice 0");
            assertThat(completion.hasNext()).isFalse();
        }
    }

    @Test
    void shouldThrowAtTheDeadline() {
        try (Completion completion =
                stream.submit("never", body("silence"), Duration.ofMillis(300))) {
            assertThatThrownBy(completion::next).isInstanceOf(CompletionTimeoutException.class);
        }
        answer("after"); // the stream itself goes on
    }

    @Test
    void shouldProduceACancelAfterItsRequest() {
        try (Completion completion = stream.submit("stop-me", body("silence"), TIMEOUT)) {
            stream.cancel("stop-me");
            Ending ending = (Ending) completion.next();
            assertThat(ending.error().code()).isEqualTo("cancelled");
        }
        List<ConsumerRecord<byte[], byte[]>> records =
                TestRecords.readAll(settings, settings.topics().requests(), 2, TIMEOUT).stream()
                        .filter(r -> "stop-me".equals(Records.text(r.key())))
                        .toList();
        assertThat(records)
                .extracting(r -> new String(r.value(), StandardCharsets.UTF_8))
                .containsExactly("silence", "{\"id\":\"stop-me\",\"op\":\"cancel\"}");
        assertThat(records).allMatch(r -> "stop-me".equals(Records.header(r.headers(), "ce_id")));
    }

    @Test
    void shouldTellWhetherACancelWasProduced() throws Exception {
        stream.cancel("unheard of").toCompletableFuture().get(60, TimeUnit.SECONDS);
        KafkaSettings noRoom =
                new KafkaSettings(
                        settings.bootstrapServers(),
                        settings.topics(),
                        Map.of("buffer.memory", "10"));
        try (CompletionStream mute = CompletionStream.open(noRoom, false)) {
            CompletableFuture<Void> cancelled = mute.cancel("x").toCompletableFuture();
            assertThatThrownBy(() -> cancelled.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(NotProducedException.class);
        }
    }

    @Test
    void shouldNotReadAnEarlierRequestsAnswer() {
        answer("again");
        try (Completion completion = stream.submit("again", body("silence"), TIMEOUT)) {
            stream.cancel("again");
            assertThat(completion.next()).isInstanceOf(Ending.class);
        }
    }

    @Test
    void shouldRefuseToFollowAnIdTwice() {
        try (Completion first = stream.submit("twice", body("silence"), TIMEOUT);
                Completion second = stream.submit("twice", body("ok"), TIMEOUT)) {
            assertThatThrownBy(second::next)
                    .hasMessage("request id 'twice' is followed here already");
            assertThat(first.hasNext()).isTrue();
        }
    }

    @Test
    void shouldTellARequestThatIsTooLargeForTheTopic() {
        byte[] body = new byte[KafkaSettings.MAX_RECORD_BYTES + 1];
        try (Completion completion = stream.submit("large", body, TIMEOUT)) {
            assertThatThrownBy(completion::next)
                    .hasMessage("the request could not be produced")
                    .rootCause()
                    .hasMessageContaining("larger than 16777216");
        }
    }

    @Test
    void shouldFailWhatIsFollowedWhenItIsClosed() {
        Completion completion = stream.submit("open", body("silence"), TIMEOUT);
        stream.close();
        assertThatThrownBy(completion::next).hasMessage("the completion stream has ended");
        assertThatThrownBy(() -> stream.submit("late", body("ok"), TIMEOUT))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldNameATopicThatIsMissing() {
        KafkaSettings missing = SharedKafka.settings();
        assertThatThrownBy(() -> CompletionStream.open(missing, false))
                .hasMessageContaining(missing.topics().completions());
    }

    @Test
    void shouldLeaveNothingBehindWhenOnlyTheRequestsTopicIsMissing() throws Exception {
        KafkaSettings fresh = SharedKafka.settings();
        String client = fresh.topics().prefix();
        Map<String, String> impatient = Map.of("max.block.ms", "500", "client.id", client);
        KafkaSettings missing =
                new KafkaSettings(fresh.bootstrapServers(), fresh.topics(), impatient);
        try (Admin admin = Admin.create(fresh.clientProperties())) {
            NewTopic completions = new NewTopic(fresh.topics().completions(), 1, (short) 1);
            admin.createTopics(List.of(completions)).all().get(20, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> CompletionStream.open(missing, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(fresh.topics().requests());
        assertThat(openClients(client)).isEmpty();
        assertThat(openClients("*")).as("those of the other streams").isNotEmpty();
    }

    private static Set<ObjectName> openClients(String id) throws Exception {
        ObjectName names = new ObjectName("kafka.*:type=app-info,id=" + id);
        return ManagementFactory.getPlatformMBeanServer().queryNames(names, null);
    }

    /** Its thread may have run its last mail when the cancellation came. */
    @Test
    void shouldTellThatACancelCameTooLate() throws Exception {
        stream.close();
        CompletableFuture<Void> cancelled = stream.cancel("late").toCompletableFuture();
        assertThatThrownBy(() -> cancelled.get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(NotProducedException.class);
    }

    private void answer(String id) {
        try (Completion completion = stream.submit(id, body("ok"), TIMEOUT)) {
            completion.forEachRemaining(e -> {});
        }
    }

    private static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(List<CompletionEvent> events) {
        StringBuilder text = new StringBuilder();
        for (CompletionEvent event : events) {
            if (event instanceof Chunk chunk) {
                text.append(chunk.text());
            }
        }
        return text.toString();
    }

    private static final class Collector implements CompletionListener {
        final CompletableFuture<List<CompletionEvent>> done = new CompletableFuture<>();
        private final List<CompletionEvent> events = new ArrayList<>();

        @Override
        public void onEvent(CompletionEvent event) {
            events.add(event);
            if (event instanceof Ending) {
                done.complete(events);
            }
        }

        @Override
        public void onFailure(RuntimeException failure) {
            done.completeExceptionally(failure);
        }
    }
}
