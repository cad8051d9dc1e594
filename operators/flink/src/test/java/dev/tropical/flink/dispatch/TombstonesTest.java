package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.InFlight;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TombstonesTest {
    private final ManualClock clock = new ManualClock();
    private final Tombstones tombstones = new Tombstones(64, clock);

    @Test
    void shouldForgetEndedIdsAfterTheirTime() {
        tombstones.bury("r", clock.getAsLong());
        clock.advance(Tombstones.KEPT_MS - 1);
        assertThat(tombstones.contains("r")).isTrue();
        clock.advance(1);
        assertThat(tombstones.contains("r")).isFalse();
    }

    @Test
    void shouldTellWhatHasJustEnded() {
        tombstones.bury("r", clock.getAsLong());
        clock.advance(999);
        assertThat(tombstones.isFresh("r", 1_000)).isTrue();
        clock.advance(1);
        assertThat(tombstones.isFresh("r", 1_000)).isFalse();
        assertThat(tombstones.isFresh("other", 1_000)).isFalse();
    }

    @Test
    void shouldForgetTheOldestOfALaneOnly() {
        tombstones.bury("of another lane", clock.getAsLong());
        String first = null;
        int ofTheLane = 0;
        for (int i = 0; ofTheLane < 65; i++) {
            if (Lanes.of("r" + i) == 3) {
                first = first == null ? "r" + i : first;
                tombstones.bury("r" + i, clock.getAsLong());
                ofTheLane++;
            }
        }
        assertThat(Lanes.of("of another lane")).isNotEqualTo(3);
        assertThat(tombstones.contains(first)).isFalse();
        assertThat(tombstones.contains("of another lane")).isTrue();
    }

    @Test
    void shouldWriteTheLanesThatHaveChanged() throws Exception {
        Map<Integer, IdMemory> state = new HashMap<>();
        tombstones.bury("a", clock.getAsLong());
        tombstones.bury("b", clock.getAsLong());
        tombstones.write(into(state));
        Set<Integer> lanes = new TreeSet<>(Set.of(Lanes.of("a"), Lanes.of("b")));
        assertThat(state.keySet()).isEqualTo(lanes);
        Tombstones restored = new Tombstones(64, clock);
        state.forEach(restored::restore);
        assertThat(restored.contains("a") && restored.contains("b")).isTrue();
        state.clear();
        restored.write(into(state));
        assertThat(state).isEmpty();
    }

    private static LaneState into(Map<Integer, IdMemory> state) {
        return new LaneState() {
            @Override
            public void putRequest(int lane, String id, InFlight request) {
                throw new AssertionError(id);
            }

            @Override
            public void removeRequest(int lane, String id) {
                throw new AssertionError(id);
            }

            @Override
            public void putEnded(int lane, IdMemory ended) {
                state.put(lane, ended);
            }
        };
    }
}
