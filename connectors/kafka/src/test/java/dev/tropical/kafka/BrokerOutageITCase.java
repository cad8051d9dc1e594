package dev.tropical.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerOutageITCase {
    @TempDir Path data;

    /** A send that waited for the broker would hold up the thread that tells of all others. */
    @Test
    void shouldTellOfEachDeadlineWhileTheBrokerIsAway() throws Exception {
        try (EmbeddedKafka broker = EmbeddedKafka.start(data, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(settings, 1, Duration.ofSeconds(20));
            try (CompletionStream stream = CompletionStream.open(settings, false)) {
                broker.close();
                List<CompletableFuture<RuntimeException>> failures = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    byte[] body = "{\"prompt\":\"x\"}".getBytes(UTF_8);
                    Failure failure = new Failure();
                    stream.submit("r" + i, body, Duration.ofSeconds(1), failure);
                    failures.add(failure.met);
                }
                for (CompletableFuture<RuntimeException> failure : failures) {
                    assertThat(failure.get(20, TimeUnit.SECONDS))
                            .isInstanceOf(CompletionTimeoutException.class);
                }
            }
        }
    }

    private static final class Failure implements CompletionListener {
        final CompletableFuture<RuntimeException> met = new CompletableFuture<>();

        @Override
        public void onEvent(CompletionEvent event) {
            throw new AssertionError(event);
        }

        @Override
        public void onFailure(RuntimeException failure) {
            met.complete(failure);
        }
    }
}
