package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void shouldRunNamedPointsInTheirOrderWithEachSeed() {
        List<Point> named = List.of(Point.parse("b@1.25"), Point.parse("a-512@2"));
        assertThat(Point.each(named, 2))
                .containsExactly(
                        new Point("b", 1.25, 0),
                        new Point("a-512", 2, 0),
                        new Point("b", 1.25, 1),
                        new Point("a-512", 2, 1));
        assertThat(Point.each(List.of(Point.parse("a@2#3")), 2))
                .as("seeds from the named one on")
                .containsExactly(new Point("a", 2, 3), new Point("a", 2, 4));
        assertThatThrownBy(() -> Point.parse("tropical")).hasMessageContaining("tropical@1.5");
        assertThatThrownBy(() -> Point.parse("a@0")).hasMessageContaining("'a@0'");
    }
}
