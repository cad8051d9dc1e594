package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CompletionDispatcherITCase {
    @Test
    void shouldSayWhetherAnActionWillBeRun() {
        KafkaSettings settings = SharedKafka.freshTopics();
        CompletionDispatcher dispatcher = new CompletionDispatcher(settings, false, follower -> {});
        AtomicInteger runs = new AtomicInteger();
        assertThat(dispatcher.tryPost(runs::incrementAndGet)).isTrue();
        dispatcher.end();
        dispatcher.run(); // runs what has come before its end
        assertThat(runs).hasValue(1);
        assertThat(dispatcher.tryPost(runs::incrementAndGet)).isFalse();
        assertThat(runs).hasValue(1);
    }
}
