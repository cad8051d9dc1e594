package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.flink.state.IdMemorySerializer;
import java.io.IOException;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class UsedIdsTest {
    private final IdMemory memory = IdMemory.of(16, 0).with("r", 1);

    @Test
    void shouldTellABackendThatSerializesFromOneThatKeepsObjects() throws Exception {
        Kept kept = new Kept();
        kept.update(memory);
        assertThat(UsedIds.isSerialized(kept, memory)).isFalse();
        Serialized serialized = new Serialized();
        serialized.update(memory);
        assertThat(UsedIds.isSerialized(serialized, memory)).isTrue();
        assertThat(serialized.value().find("r")).isNotNull();
    }

    /** As of the backend {@code hashmap}. */
    private static class Kept implements ValueState<IdMemory> {
        private IdMemory value;

        @Override
        public IdMemory value() throws IOException {
            return value;
        }

        @Override
        public void update(IdMemory updated) throws IOException {
            value = updated;
        }

        @Override
        public void clear() {
            value = null;
        }
    }

    /** As of RocksDB. */
    private static final class Serialized extends Kept {
        private byte[] bytes;

        @Override
        public IdMemory value() throws IOException {
            return new IdMemorySerializer().deserialize(new DataInputDeserializer(bytes));
        }

        @Override
        public void update(IdMemory updated) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(64);
            new IdMemorySerializer().serialize(updated, out);
            bytes = out.getCopyOfBuffer();
        }
    }
}
