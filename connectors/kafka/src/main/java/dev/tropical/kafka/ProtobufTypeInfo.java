package dev.tropical.kafka;

import com.google.protobuf.Message;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Flink's type of a protobuf message, for elements between operators and for state. Not a key:
 * protobuf does not promise the same bytes, and so the same hash, in every version.
 */
public final class ProtobufTypeInfo<T extends Message> extends ElementTypeInfo<T> {
    private static final long serialVersionUID = 1L;

    /** The type of a generated message class. */
    public ProtobufTypeInfo(Class<T> messageClass) {
        super(messageClass);
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return new ProtobufSerializer<>(getTypeClass());
    }
}
