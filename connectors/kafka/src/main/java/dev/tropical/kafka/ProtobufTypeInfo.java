package dev.tropical.kafka;

import com.google.protobuf.Message;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Flink's type of a protobuf message, for elements between operators and for state. Not a key:
 * protobuf does not promise the same bytes, and so the same hash, in every version.
 */
public final class ProtobufTypeInfo<T extends Message> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    private final Class<T> messageClass;

    /** The type of a generated message class. */
    public ProtobufTypeInfo(Class<T> messageClass) {
        this.messageClass = Objects.requireNonNull(messageClass, "messageClass");
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return new ProtobufSerializer<>(messageClass);
    }

    @Override
    public Class<T> getTypeClass() {
        return messageClass;
    }

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    @Override
    public int getArity() {
        return 1;
    }

    @Override
    public int getTotalFields() {
        return 1;
    }

    @Override
    public boolean isKeyType() {
        return false;
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof ProtobufTypeInfo;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProtobufTypeInfo<?> that && messageClass == that.messageClass;
    }

    @Override
    public int hashCode() {
        return messageClass.hashCode();
    }

    @Override
    public String toString() {
        return "Protobuf<" + messageClass.getSimpleName() + ">";
    }
}
