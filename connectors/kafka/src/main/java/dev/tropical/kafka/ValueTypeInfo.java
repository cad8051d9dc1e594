package dev.tropical.kafka;

import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.InferenceRequest;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Flink's types of the protocol's records, each with a serializer of its own, so that none falls
 * back to Kryo. None is a key.
 */
public final class ValueTypeInfo<T> extends ElementTypeInfo<T> {
    private static final long serialVersionUID = 1L;

    public static final TypeInformation<InferenceRequest> REQUEST =
            new ValueTypeInfo<>(InferenceRequest.class, new RequestSerializer());
    public static final TypeInformation<CompletionRecord> COMPLETION =
            new ValueTypeInfo<>(CompletionRecord.class, new CompletionSerializer());
    public static final TypeInformation<DeadLetter> DEAD_LETTER =
            new ValueTypeInfo<>(DeadLetter.class, new DeadLetterSerializer());
    public static final TypeInformation<CellReport> CELL_REPORT =
            new ValueTypeInfo<>(CellReport.class, new CellReportSerializer());

    private final TypeSerializer<T> serializer;

    private ValueTypeInfo(Class<T> valueClass, TypeSerializer<T> serializer) {
        super(valueClass);
        this.serializer = serializer;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return serializer;
    }
}
