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
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
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
        // That one may have read the answer itself while the first was told it; the next has not.
        assertThat(join(elsewhere, "finished", "once").isJoined).isTrue();
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
        assertThat(server.answered()).doesNotContain("never seen");

        join(elsewhere, "never seen", "once");
        assertThat(follow(here, "never seen", "once", Repeats.REQUIRE).end().text())
                .isEqualTo("never seen says: once");
    }

    /** The second one hears the first one's answer before its own notice, and none of it. */
    @RepeatedTest(20)
    void shouldGiveAnIdToTheFirstOnTheTopicOfTwoAtOnce(RepetitionInfo run) throws Exception {
        String id = "contended-" + run.getCurrentRepetition();
        Listener one = follow(here, id, "once", Repeats.JOIN);
        Listener other = follow(elsewhere, id, "once, but otherwise", Repeats.JOIN);

        boolean isOneFirst = server.bodyOf(id).equals("once");
        Listener winner = isOneFirst ? one : other;
        Listener loser = isOneFirst ? other : one;

        assertThat(winner.end().text()).isEqualTo(id + " says: " + server.bodyOf(id));
        assertThatThrownBy(loser::end).hasCauseInstanceOf(ConflictException.class);
        assertThat(loser.heard.events).isEmpty();
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
