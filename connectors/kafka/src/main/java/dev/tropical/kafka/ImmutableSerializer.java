package dev.tropical.kafka;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A stateless serializer of an immutable value whose bytes start with the version of their layout,
 * so that a later build can read what an earlier one left in a savepoint.
 */
abstract class ImmutableSerializer<T> extends TypeSerializerSingleton<T> {
    private static final long serialVersionUID = 1L;

    /** The layout that {@link #write} writes; {@link #read} takes this and all lower ones. */
    abstract int version();

    abstract void write(T value, DataOutputView target) throws IOException;

    /**
     * @param version in [1, {@link #version()}]
     */
    abstract T read(int version, DataInputView source) throws IOException;

    @Override
    public final void serialize(T value, DataOutputView target) throws IOException {
        target.writeByte(version());
        write(value, target);
    }

    @Override
    public final T deserialize(DataInputView source) throws IOException {
        int version = source.readUnsignedByte();
        if (version < 1 || version > version()) {
            throw new IOException(
                    getClass().getSimpleName()
                            + ": layout version "
                            + version
                            + " (expected: 1 to "
                            + version()
                            + ")");
        }
        return read(version, source);
    }

    @Override
    public final T deserialize(T reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public final void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public final T copy(T from) {
        return from;
    }

    @Override
    public final T copy(T from, T reuse) {
        return from;
    }

    @Override
    public final boolean isImmutableType() {
        return true;
    }

    @Override
    public final int getLength() {
        return -1;
    }
}
