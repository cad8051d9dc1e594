package dev.tropical.engine.client;

import dev.tropical.protocol.wire.Members;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Writes the split as a protobuf {@code Members}, whose version is not used here. */
final class EngineSplitSerializer implements SimpleVersionedSerializer<EngineSplit> {
    private static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(EngineSplit split) {
        return Members.newBuilder().addAllEngines(split.members()).build().toByteArray();
    }

    @Override
    public EngineSplit deserialize(int version, byte[] bytes) throws IOException {
        Versions.check(version, VERSION, "engine split");
        return new EngineSplit(Members.parseFrom(bytes).getEnginesList());
    }
}
