package dev.tropical.scheduling.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class CellQueueTest {
    private static final Comparator<QueuedRequest> SHORTEST_FIRST =
            Comparator.comparingInt(QueuedRequest::promptTokens);

    private final CellQueue queue = new CellQueue(SHORTEST_FIRST, 4, 1_000);

    private List<String> drain() {
        List<String> ids = new ArrayList<>();
        while (queue.size() > 0) {
            String id = queue.head().orElseThrow().id();
            queue.remove(id);
            ids.add(id);
        }
        return ids;
    }

    @Test
    void shouldKeepThePolicysOrderAndBreakTiesByArrival() {
        queue.add(Cells.request("long", 9, 0));
        queue.add(Cells.request("late", 5, 2));
        queue.add(Cells.request("early", 5, 1));
        assertThat(drain()).containsExactly("early", "late", "long");
    }

    @Test
    void shouldPutRetriesFirstByArrivalWhateverThePolicy() {
        queue.add(Cells.request("short", 1, 0));
        queue.add(Cells.retry("second", 8, "e"));
        queue.add(Cells.retry("first", 7, "e"));
        assertThat(drain()).containsExactly("first", "second", "short");
    }

    @Test
    void shouldIgnoreAnIdThatIsQueued() {
        assertThat(queue.add(Cells.request("a", 1, 0))).isTrue();
        assertThat(queue.add(Cells.request("a", 9, 9))).isFalse();
        assertThat(queue.bytes()).isEqualTo(4);
        assertThat(queue.head().orElseThrow().promptTokens()).isEqualTo(1);
    }

    @Test
    void shouldCloseAtTheBoundAndOpenAtHalfOfIt() {
        for (int i = 0; i < 4; i++) {
            assertThat(queue.isOpen()).isTrue();
            queue.add(Cells.request("r" + i, 1, i));
        }
        assertThat(queue.isOpen()).isFalse();
        queue.remove("r0");
        assertThat(queue.isOpen()).as("3 of 4").isFalse();
        queue.remove("r1");
        assertThat(queue.isOpen()).as("2 of 4").isTrue();
        queue.add(Cells.request("r5", 1, 0));
        assertThat(queue.isOpen()).as("3 of 4 again").isTrue();
    }

    @Test
    void shouldCloseAtTheBoundOfBytesToo() {
        queue.add(Cells.request("a", 200, 0));
        assertThat(queue.isOpen()).isTrue();
        queue.add(Cells.request("b", 50, 0));
        assertThat(queue.isOpen()).isFalse();
        queue.remove("b");
        assertThat(queue.isOpen()).as("800 of 1000 bytes").isFalse();
        queue.remove("a");
        assertThat(queue.isOpen()).isTrue();
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void shouldTakeInWhatComesBehindTheClosedGate() {
        for (int i = 0; i < 9; i++) {
            queue.add(Cells.request("r" + i, 1, i));
        }
        assertThat(queue.size()).isEqualTo(9);
    }
}
