package dev.tropical.kafka;

import com.google.protobuf.Message;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;

/**
 * What a savepoint remembers of a {@link ProtobufSerializer}: the message class. State of the same
 * message is compatible whatever fields were added since.
 */
public final class ProtobufSerializerSnapshot<T extends Message>
        implements TypeSerializerSnapshot<T> {
    private static final int VERSION = 1;

    private @Nullable Class<T> messageClass;

    /** For Flink, which then calls {@link #readSnapshot}. */
    public ProtobufSerializerSnapshot() {}

    ProtobufSerializerSnapshot(Class<T> messageClass) {
        this.messageClass = messageClass;
    }

    @Override
    public int getCurrentVersion() {
        return VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) throws IOException {
        out.writeUTF(known().getName());
    }

    @Override
    @SuppressWarnings("unchecked") // checked to be a message; which one is the state's business
    public void readSnapshot(int version, DataInputView in, ClassLoader loader) throws IOException {
        if (version != VERSION) {
            throw new IOException(
                    "protobuf serializer snapshot version " + version + " (expected: 1)");
        }
        Class<?> named = InstantiationUtil.resolveClassByName(in, loader);
        if (!Message.class.isAssignableFrom(named)) {
            throw new IOException(named.getName() + " (expected: a protobuf message)");
        }
        messageClass = (Class<T>) named;
    }

    @Override
    public TypeSerializer<T> restoreSerializer() {
        return new ProtobufSerializer<>(known());
    }

    @Override
    public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
            TypeSerializerSnapshot<T> oldSnapshot) {
        boolean isSame =
                oldSnapshot instanceof ProtobufSerializerSnapshot<T> old
                        && old.known().getName().equals(known().getName());
        return isSame
                ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                : TypeSerializerSchemaCompatibility.incompatible();
    }

    private Class<T> known() {
        Class<T> known = messageClass;
        if (known == null) {
            throw new IllegalStateException("readSnapshot has not been called");
        }
        return known;
    }
}
