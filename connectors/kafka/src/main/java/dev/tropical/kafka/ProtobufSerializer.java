package dev.tropical.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes a protobuf message as its length (4 bytes, big endian) and its bytes. Messages are
 * immutable, so copies are free; how fields may change is protobuf's rule, not Flink's.
 *
 * <p>The parser is looked up once a copy of the serializer: each task thread has its own.
 */
final class ProtobufSerializer<T extends Message> extends TypeSerializer<T> {
    private static final long serialVersionUID = 1L;

    private final Class<T> messageClass;
    private transient @Nullable T prototype;

    ProtobufSerializer(Class<T> messageClass) {
        this.messageClass = messageClass;
    }

    Class<T> messageClass() {
        return messageClass;
    }

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public TypeSerializer<T> duplicate() {
        return new ProtobufSerializer<>(messageClass);
    }

    @Override
    public T createInstance() {
        T known = prototype;
        if (known == null) {
            known = com.google.protobuf.Internal.getDefaultInstance(messageClass);
            prototype = known;
        }
        return known;
    }

    @Override
    public T copy(T from) {
        return from;
    }

    @Override
    public T copy(T from, T reuse) {
        return from;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(T message, DataOutputView target) throws IOException {
        byte[] bytes = message.toByteArray();
        target.writeInt(bytes.length);
        target.write(bytes);
    }

    @Override
    public T deserialize(DataInputView source) throws IOException {
        byte[] bytes = new byte[source.readInt()];
        source.readFully(bytes);
        try {
            return parser().parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(
                    bytes.length
                            + " bytes are no "
                            + messageClass.getName()
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    @SuppressWarnings("unchecked") // a message's parser makes messages of its own class
    private Parser<T> parser() {
        return (Parser<T>) createInstance().getParserForType();
    }

    @Override
    public T deserialize(T reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        int length = source.readInt();
        target.writeInt(length);
        target.write(source, length);
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        return new ProtobufSerializerSnapshot<>(messageClass);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProtobufSerializer<?> that && messageClass == that.messageClass;
    }

    @Override
    public int hashCode() {
        return messageClass.hashCode();
    }
}
