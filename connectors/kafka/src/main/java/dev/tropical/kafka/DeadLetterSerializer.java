package dev.tropical.kafka;

import dev.tropical.protocol.DeadLetter;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** id, body, code, message, origin. */
final class DeadLetterSerializer extends ImmutableSerializer<DeadLetter> {
    private static final long serialVersionUID = 1L;

    @Override
    int version() {
        return 1;
    }

    @Override
    void write(DeadLetter value, DataOutputView target) throws IOException {
        Fields.writeText(value.id(), target);
        Fields.writeBytes(value.body(), target);
        Fields.writeText(value.code(), target);
        Fields.writeText(value.message(), target);
        Fields.writeText(value.origin(), target);
    }

    @Override
    DeadLetter read(int version, DataInputView source) throws IOException {
        return new DeadLetter(
                Fields.readText(source),
                Fields.readBytes(source),
                Fields.readText(source),
                Fields.readText(source),
                Fields.readText(source));
    }

    @Override
    public DeadLetter createInstance() {
        return new DeadLetter("", new byte[0], "", "", "");
    }

    @Override
    public TypeSerializerSnapshot<DeadLetter> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Made by Flink from its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<DeadLetter> {
        public Snapshot() {
            super(DeadLetterSerializer::new);
        }
    }
}
