package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.kafka.RecordPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventIdTest {
    @Test
    void shouldSayHowFarEachRequestHasCome() {
        EventId id = EventId.none(2);
        assertThat(id).hasToString("-,-");

        id.advance(1, new RecordPosition(7, 42, 5));

        assertThat(id).hasToString("-,7:42:5");
        assertThat(EventId.parse("-,7:42:5", 2)).hasToString("-,7:42:5");
    }

    @Test
    void shouldCoverWhatWasSaidUpToIt() {
        EventId id = EventId.parse("-,7:42:5", 2);

        assertThat(id.covers(1, new RecordPosition(7, 42, 5))).isTrue();
        assertThat(id.covers(1, new RecordPosition(7, 43, 6))).isFalse();
        assertThat(id.covers(0, new RecordPosition(3, 1, 0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "1:2", "1:2:3,", "a:b:c", "1:2:-3", "99999999999:1:1"})
    void shouldRefuseWhatIsNoIdOfTheStream(String text) {
        assertThatThrownBy(() -> EventId.parse(text, 1))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("last-event-id");
    }
}
