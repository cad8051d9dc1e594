package dev.tropical.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;

/** What consumers that are in no group have in common. */
public final class Consumers {
    private Consumers() {}

    /**
     * Ends a consumer without a wait: its last fetch may be held open by the broker for half a
     * second, and there is no group to leave.
     */
    public static void closeNow(Consumer<?, ?> consumer) {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
