package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.util.function.ThrowingRunnable;
import org.junit.jupiter.api.Test;

class EngineInboxTest {
    private final Mails mails = new Mails();
    private final News news = new News();
    private final EngineInbox inbox = new EngineInbox(mails, news, 3);

    @Test
    void shouldPostOneMailForBurstAndKeepItsOrder() {
        inbox.onUp(engine("a"));
        inbox.onEvents(EngineEvents.newBuilder().setEngineId("a").build());
        inbox.onLost(engine("a"), "gone");
        assertThat(mails.posted).hasSize(1);
        mails.run();
        assertThat(news.told).containsExactly("up a", "events a", "lost a gone");
    }

    @Test
    void shouldPostAgainForWhatComesDuringTheDrain() {
        news.duringNext = () -> inbox.onUp(engine("b"));
        inbox.onUp(engine("a"));
        mails.run();
        assertThat(news.told).containsExactly("up a");
        mails.run();
        assertThat(news.told).containsExactly("up a", "up b");
        assertThat(mails.posted).isEmpty();
    }

    @Test
    void shouldFailTheTaskWhenTheClientFails() {
        inbox.onFailure(new IllegalStateException("socket"));
        assertThatThrownBy(mails::run).hasMessage("socket");
    }

    @Test
    void shouldNotHoldUpTheClientOnceTheTaskIsOver() {
        mails.isClosed = true;
        for (int i = 0; i < 10; i++) {
            inbox.onUp(engine("a"));
        }
        assertThat(news.told).isEmpty();
    }

    private static EngineInfo engine(String id) {
        return EngineInfo.newBuilder().setEngineId(id).build();
    }

    private static final class News implements EngineInbox.NewsHandler {
        final List<String> told = new ArrayList<>();
        Runnable duringNext = () -> {};

        @Override
        public void onUp(String engineId) {
            told.add("up " + engineId);
            Runnable now = duringNext;
            duringNext = () -> {};
            now.run();
        }

        @Override
        public void onEvents(EngineEvents events) {
            told.add("events " + events.getEngineId());
        }

        @Override
        public void onLost(String engineId, String reason) {
            told.add("lost " + engineId + " " + reason);
        }
    }

    private static final class Mails implements MailboxExecutor {
        final Queue<ThrowingRunnable<? extends Exception>> posted = new ArrayDeque<>();
        boolean isClosed;

        void run() {
            try {
                posted.remove().run();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void execute(
                MailOptions options,
                ThrowingRunnable<? extends Exception> command,
                String format,
                Object... arguments) {
            if (isClosed) {
                throw new RejectedExecutionException("closed");
            }
            posted.add(command);
        }

        @Override
        public void yield() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean tryYield() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean shouldInterrupt() {
            return false;
        }
    }
}
