package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.dispatch.Tombstones.Tombstone;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TombstonesTest {

    @Test
    void shouldDropTheOldestPastTheBound() {
        Tombstones tombstones = new Tombstones(2);
        for (int i = 0; i < 4; i++) {
            tombstones.bury("r" + i, new Tombstone(i, 1_000 + i));
        }
        List<String> expired = new ArrayList<>();
        tombstones.expire(1_010, (id, tombstone) -> expired.add(id + "@" + tombstone.lane()));
        assertThat(expired).containsExactly("r0@0", "r1@1");
        assertThat(tombstones.contains("r2")).isTrue();
    }

    @Test
    void shouldDropThoseOfTheirTime() {
        Tombstones tombstones = new Tombstones();
        tombstones.bury("old", new Tombstone(0, 0));
        tombstones.bury("new", new Tombstone(0, 1));
        tombstones.expire(Tombstones.KEPT_MS, (id, tombstone) -> {});
        assertThat(tombstones.contains("old")).isFalse();
        assertThat(tombstones.contains("new")).isTrue();
    }
}
