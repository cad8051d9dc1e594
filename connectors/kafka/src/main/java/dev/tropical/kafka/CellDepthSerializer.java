package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** cell, queuedRequests, queuedBytes, isOpen. */
final class CellDepthSerializer extends ImmutableSerializer<CellDepth> {
    private static final long serialVersionUID = 1L;

    @Override
    int version() {
        return 1;
    }

    @Override
    void write(CellDepth value, DataOutputView target) throws IOException {
        target.writeInt(value.cell());
        target.writeInt(value.queuedRequests());
        target.writeLong(value.queuedBytes());
        target.writeBoolean(value.isOpen());
    }

    @Override
    CellDepth read(int version, DataInputView source) throws IOException {
        return new CellDepth(
                source.readInt(), source.readInt(), source.readLong(), source.readBoolean());
    }

    @Override
    public CellDepth createInstance() {
        return new CellDepth(0, 0, 0, true);
    }

    @Override
    public TypeSerializerSnapshot<CellDepth> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Made by Flink from its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<CellDepth> {
        public Snapshot() {
            super(CellDepthSerializer::new);
        }
    }
}
