package dev.tropical.kafka;

import dev.tropical.protocol.InferenceRequest;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** id, body, arrivedAtMs, origin. */
final class RequestSerializer extends ImmutableSerializer<InferenceRequest> {
    private static final long serialVersionUID = 1L;

    @Override
    int version() {
        return 1;
    }

    @Override
    void write(InferenceRequest value, DataOutputView target) throws IOException {
        Fields.writeText(value.id(), target);
        Fields.writeBytes(value.body(), target);
        target.writeLong(value.arrivedAtMs());
        Fields.writeText(value.origin(), target);
    }

    @Override
    InferenceRequest read(int version, DataInputView source) throws IOException {
        return new InferenceRequest(
                Fields.readText(source),
                Fields.readBytes(source),
                source.readLong(),
                Fields.readText(source));
    }

    @Override
    public InferenceRequest createInstance() {
        return new InferenceRequest("", new byte[0], 0, "");
    }

    @Override
    public TypeSerializerSnapshot<InferenceRequest> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Made by Flink from its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<InferenceRequest> {
        public Snapshot() {
            super(RequestSerializer::new);
        }
    }
}
