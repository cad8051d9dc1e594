package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same request again, here and at another client. */
@Timeout(120)
class CompletionJoinITCase {
    private static KafkaSettings settings;
    private static FakeServer server;
    private static CompletionStream here;
    private static CompletionStream elsewhere;

    @BeforeAll
    static void start() {
        settings = SharedKafka.freshTopics();
        server = new FakeServer(settings);
        here = CompletionStream.open(settings, false);
        elsewhere = CompletionStream.open(settings, false);
    }

    @AfterAll
    static void end() throws Exception {
        elsewhere.close();
        here.close();
        server.close();
    }

    @Test
    void shouldBeginAFinishedRequestAtItsBeginningAgain() throws Exception {
        Heard first = join(here, "finished", "once");
        assertThat(first.text()).isEqualTo("finished says: once");

        Heard again = join(elsewhere, "finished", "once");

        assertThat(again.text()).isEqualTo("finished says: once");
        assertThat(again.isJoined).isTrue();
        assertThat(again.positions).isEqualTo(first.positions);
        assertThat(first.isJoined).isFalse();
    }

    @Test
    void shouldJoinARunningRequestWithoutAGap() throws Exception {
        Listener first = follow(here, "running", "once in halves", Repeats.JOIN);
        first.awaitChunks(10);

        Listener joined = follow(elsewhere, "running", "once in halves", Repeats.JOIN);

        String whole = "running says: once in halves";
        assertThat(first.end().text()).isEqualTo(whole);
        assertThat(joined.end().text()).isEqualTo(whole);
        assertThat(joined.end().positions).isEqualTo(first.end().positions);
    }

    @Test
    void shouldLetTwoFollowOneRequestHere() throws Exception {
        Listener first = follow(here, "shared", "once in halves", Repeats.JOIN);
        first.awaitChunks(10);

        Listener second = follow(here, "shared", "once in halves", Repeats.JOIN);

        assertThat(second.end().text()).isEqualTo("shared says: once in halves");
        assertThat(first.end().text()).isEqualTo("shared says: once in halves");
    }

    @Test
    void shouldRefuseAnotherBody() throws Exception {
        join(here, "taken", "once");

        Listener other = follow(elsewhere, "taken", "once, but otherwise", Repeats.JOIN);

        assertThatThrownBy(other::end).hasCauseInstanceOf(ConflictException.class);
    }

    @Test
    void shouldTellThatThereIsNothingToGoOnWith() throws Exception {
        Listener lost = follow(here, "never seen", "once", Repeats.REQUIRE);
        assertThatThrownBy(lost::end).hasCauseInstanceOf(NotFoundException.class);

        assertThat(follow(here, "never seen", "once", Repeats.REQUIRE).end().text())
                .isEqualTo("never seen says: once");
    }

    private static Heard join(CompletionStream stream, String id, String body) throws Exception {
        return follow(stream, id, body, Repeats.JOIN).end();
    }

    private static Listener follow(
            CompletionStream stream, String id, String body, Repeats repeats) {
        Listener listener = new Listener();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        stream.submit(id, bytes, Duration.ofSeconds(60), repeats, listener);
        return listener;
    }

    /** What a listener was told. */
    private static final class Heard {
        private final List<CompletionEvent> events = new ArrayList<>();
        private final List<RecordPosition> positions = new ArrayList<>();
        private boolean isJoined;

        String text() {
            StringBuilder text = new StringBuilder();
            for (CompletionEvent event : events) {
                text.append(event instanceof Chunk chunk ? chunk.text() : "");
            }
            return text.toString();
        }
    }

    private static final class Listener implements CompletionListener {
        private final Heard heard = new Heard();
        private final CompletableFuture<Heard> done = new CompletableFuture<>();

        Heard end() throws Exception {
            return done.get(60, TimeUnit.SECONDS);
        }

        synchronized void awaitChunks(int count) throws InterruptedException {
            while (heard.events.size() < count) {
                wait();
            }
        }

        @Override
        public synchronized void onEvent(CompletionEvent event, RecordPosition position) {
            heard.events.add(event);
            heard.positions.add(position);
            notifyAll();
            if (event instanceof Ending) {
                done.complete(heard);
            }
        }

        @Override
        public void onEvent(CompletionEvent event) {
            throw new AssertionError("told without its position");
        }

        @Override
        public void onJoined() {
            heard.isJoined = true;
        }

        @Override
        public void onFailure(RuntimeException failure) {
            done.completeExceptionally(failure);
        }
    }
}
