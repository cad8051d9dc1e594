package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PointTest {
    @Test
    void shouldRunTheSystemsOfARateOneAfterTheOtherAndRotateWhoBegins() {
        assertThat(Point.interleaved(List.of("a", "b"), List.of(1.0, 2.0), 2))
                .containsExactly(
                        new Point("a", 1, 0),
                        new Point("b", 1, 0),
                        new Point("b", 1, 1),
                        new Point("a", 1, 1),
                        new Point("a", 2, 0),
                        new Point("b", 2, 0),
                        new Point("b", 2, 1),
                        new Point("a", 2, 1));
    }
}
