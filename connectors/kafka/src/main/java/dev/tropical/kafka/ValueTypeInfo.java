package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.InferenceRequest;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Flink's types of the protocol's records, each with a serializer of its own, so that none falls
 * back to Kryo. None is a key.
 */
public final class ValueTypeInfo<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    public static final TypeInformation<InferenceRequest> REQUEST =
            new ValueTypeInfo<>(InferenceRequest.class, new RequestSerializer());
    public static final TypeInformation<CompletionRecord> COMPLETION =
            new ValueTypeInfo<>(CompletionRecord.class, new CompletionSerializer());
    public static final TypeInformation<DeadLetter> DEAD_LETTER =
            new ValueTypeInfo<>(DeadLetter.class, new DeadLetterSerializer());
    public static final TypeInformation<CellDepth> CELL_DEPTH =
            new ValueTypeInfo<>(CellDepth.class, new CellDepthSerializer());

    private final Class<T> valueClass;
    private final TypeSerializer<T> serializer;

    private ValueTypeInfo(Class<T> valueClass, TypeSerializer<T> serializer) {
        this.valueClass = valueClass;
        this.serializer = serializer;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return serializer;
    }

    @Override
    public Class<T> getTypeClass() {
        return valueClass;
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
        return other instanceof ValueTypeInfo;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ValueTypeInfo<?> that && valueClass == that.valueClass;
    }

    @Override
    public int hashCode() {
        return valueClass.hashCode();
    }

    @Override
    public String toString() {
        return "Value<" + valueClass.getSimpleName() + ">";
    }
}
