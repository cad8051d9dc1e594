package dev.tropical.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class BrokerOutageITCase {
    @TempDir Path data;

    /** A send that waited for the broker would hold up the thread that tells of all others. */
    @Test
    @Timeout(25)
    void shouldTellOfEachDeadlineWhileTheBrokerIsAway() {
        try (EmbeddedKafka broker = EmbeddedKafka.start(data, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(settings, 1, Duration.ofSeconds(20));
            try (CompletionStream stream = CompletionStream.open(settings, false)) {
                broker.close();
                List<Completion> completions = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    byte[] body = "{\"prompt\":\"x\"}".getBytes(UTF_8);
                    completions.add(stream.submit("r" + i, body, Duration.ofSeconds(1)));
                }
                for (Completion completion : completions) {
                    assertThatThrownBy(completion::next)
                            .isInstanceOf(CompletionTimeoutException.class);
                }
            }
        }
    }
}
