package dev.tropical.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class IdMemoryTest {
    private final IdMemorySerializer serializer = new IdMemorySerializer();

    @Test
    void shouldTellWhatWasNotedOfAnId() {
        IdMemory memory = IdMemory.of(16, 3).with("a", 5, bytes("one")).with("b", 6, bytes("two"));
        assertThat(memory.find("a").atMs()).isEqualTo(5);
        assertThat(memory.find("a").note()).isEqualTo(bytes("one"));
        assertThat(memory.find("b").note()).isEqualTo(bytes("two"));
        assertThat(memory.find("c")).isNull();
        assertThat(memory.size()).isEqualTo(2);
    }

    @Test
    void shouldTellTheNewestOfTwoMeetings() {
        IdMemory memory = IdMemory.of(16, 0).with("a", 1);
        for (int i = 0; i < 5; i++) {
            memory = memory.with("other-" + i, 2);
        }
        assertThat(memory.with("a", 9).find("a").atMs()).isEqualTo(9);
    }

    @Test
    void shouldForgetTheOldestEighthForANewId() {
        IdMemory memory = filled(IdMemory.of(32, 0), 0, 32);
        assertThat(memory.size()).isEqualTo(32);
        memory = memory.with("32", 32);
        for (int i = 0; i <= 32; i++) {
            assertThat(memory.find("" + i) != null).as("%d", i).isEqualTo(i >= 4);
        }
        assertThat(memory.size()).isEqualTo(29);
    }

    @Test
    void shouldKeepSevenEighthsAtLeastHoweverManyCome() {
        IdMemory memory = IdMemory.of(32, 0);
        for (int i = 0; i < 1_000; i++) {
            memory = memory.with("" + i, i);
            for (int newer = Math.max(0, i - 27); newer <= i; newer++) {
                assertThat(memory.find("" + newer).atMs()).isEqualTo(newer);
            }
            assertThat(memory.size()).isLessThanOrEqualTo(32);
        }
    }

    @Test
    void shouldLeaveOlderMemoriesAsTheyWere() {
        IdMemory empty = IdMemory.of(16, 1);
        IdMemory one = empty.with("a", 1, (byte) 1);
        IdMemory two = one.with("b", 2, (byte) 2);
        IdMemory other = one.with("c", 3, (byte) 3); // where "b" was written
        assertThat(empty.find("a")).isNull();
        assertThat(one.find("b")).isNull();
        assertThat(two.find("b").note()).containsExactly(2);
        assertThat(two.find("c")).isNull();
        assertThat(other.find("a").note()).containsExactly(1);
        assertThat(other.find("c").note()).containsExactly(3);
        assertThat(other.find("b")).isNull();
        assertThat(other.size()).isEqualTo(2);
    }

    /** Many histories that share arrays, each beside a plain map. */
    @Test
    void shouldAgreeWithAMapWhicheverMemoriesAreGoneOnFrom() {
        Random random = new Random(1);
        IdMemory[] memories = new IdMemory[6];
        Map<?, ?>[] maps = new Map<?, ?>[memories.length];
        for (int i = 0; i < memories.length; i++) {
            memories[i] = IdMemory.of(4_096, 1);
            maps[i] = Map.of();
        }
        for (int turn = 0; turn < 2_000; turn++) {
            int from = random.nextInt(memories.length);
            int to = random.nextInt(memories.length);
            String id = "id-" + random.nextInt(500);
            Map<Object, Object> map = new HashMap<>(maps[from]);
            map.put(id, (long) turn);
            memories[to] = memories[from].with(id, turn, (byte) 0);
            maps[to] = map;
            String asked = "id-" + random.nextInt(500);
            int at = random.nextInt(memories.length);
            IdMemory.Met met = memories[at].find(asked);
            assertThat(met == null ? null : met.atMs()).isEqualTo(maps[at].get(asked));
        }
    }

    @Test
    void shouldComeBackFromStateWithItsOrder() throws IOException {
        IdMemory memory = IdMemory.of(32, 2);
        for (int i = 0; i < 45; i++) {
            memory = memory.with("" + i, i, (byte) i, (byte) -i);
        }
        IdMemory restored = throughState(memory);
        assertThat(restored.size()).isEqualTo(memory.size());
        for (int i = 0; i < 45; i++) {
            IdMemory.Met met = restored.find("" + i);
            assertThat(met != null).isEqualTo(memory.find("" + i) != null);
            if (met != null) {
                assertThat(met.atMs()).isEqualTo(i);
                assertThat(met.note()).containsExactly(i, -i);
            }
        }
        assertThat(restored.resized(32)).isSameAs(restored);
    }

    @Test
    void shouldKeepTheNewestWhenItsCapacityChanges() {
        IdMemory memory = filled(IdMemory.of(64, 0), 0, 60);
        IdMemory smaller = memory.resized(16);
        assertThat(smaller.find("59").atMs()).isEqualTo(59);
        assertThat(smaller.find("43")).isNull();
        IdMemory larger = filled(memory.resized(128), 60, 110);
        assertThat(larger.find("0").atMs()).isZero();
    }

    @Test
    void shouldRefuseWhatItCannotHoldOrRead() {
        assertThatThrownBy(() -> IdMemory.of(8, 2).with("a", 1, (byte) 1))
                .hasMessage("note: 1 bytes (expected: 2)");
        assertThatThrownBy(() -> IdMemory.of(0, 2)).hasMessageContaining("capacity, noteBytes: 0");
        assertThatThrownBy(() -> serializer.deserialize(new DataInputDeserializer(new byte[] {7})))
                .hasMessage("ids of format 7 (expected: 1)");
    }

    private IdMemory throughState(IdMemory memory) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(memory, out);
        DataOutputSerializer copy = new DataOutputSerializer(64);
        serializer.copy(new DataInputDeserializer(out.getCopyOfBuffer()), copy);
        assertThat(copy.getCopyOfBuffer()).isEqualTo(out.getCopyOfBuffer());
        return serializer.deserialize(new DataInputDeserializer(copy.getCopyOfBuffer()));
    }

    private static IdMemory filled(IdMemory memory, int from, int to) {
        IdMemory filled = memory;
        for (int i = from; i < to; i++) {
            filled = filled.with("" + i, i);
        }
        return filled;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
