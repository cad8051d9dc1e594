package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.WireException;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The record's JSON: it goes to the topic as it is. */
final class CellReportSerializer extends ImmutableSerializer<CellReport> {
    private static final long serialVersionUID = 1L;

    @Override
    int version() {
        return 1;
    }

    @Override
    void write(CellReport value, DataOutputView target) throws IOException {
        Fields.writeBytes(CellReportJson.encode(value), target);
    }

    @Override
    CellReport read(int version, DataInputView source) throws IOException {
        try {
            return CellReportJson.decode(Fields.readBytes(source));
        } catch (WireException e) {
            throw new IOException(e);
        }
    }

    @Override
    public CellReport createInstance() {
        return CellReport.of(new CellDepth(0, 0, 0, true));
    }

    @Override
    public TypeSerializerSnapshot<CellReport> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Made by Flink from its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<CellReport> {
        public Snapshot() {
            super(CellReportSerializer::new);
        }
    }
}
