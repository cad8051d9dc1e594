package dev.tropical.flink.state;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes an {@link IdMemory}; each says of which format it is. Memories are immutable: copies are
 * free, also the one that the heap backend makes of each state that is touched after a snapshot.
 */
public final class IdMemorySerializer extends TypeSerializerSingleton<IdMemory> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public IdMemory createInstance() {
        return IdMemory.of(1, 0);
    }

    @Override
    public IdMemory copy(IdMemory from) {
        return from;
    }

    @Override
    public IdMemory copy(IdMemory from, IdMemory reuse) {
        return from;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(IdMemory memory, DataOutputView target) throws IOException {
        memory.write(target);
    }

    @Override
    public IdMemory deserialize(DataInputView source) throws IOException {
        return IdMemory.read(source);
    }

    @Override
    public IdMemory deserialize(IdMemory reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public TypeSerializerSnapshot<IdMemory> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Says nothing: the bytes do. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<IdMemory> {
        public Snapshot() {
            super(IdMemorySerializer::new);
        }
    }
}
