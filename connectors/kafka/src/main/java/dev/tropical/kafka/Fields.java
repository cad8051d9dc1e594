package dev.tropical.kafka;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** Fields as the serializers write them: a 4-byte count, -1 for null, then the content. */
final class Fields {
    private Fields() {}

    static void writeBytes(byte @Nullable [] bytes, DataOutputView target) throws IOException {
        if (bytes == null) {
            target.writeInt(-1);
            return;
        }
        target.writeInt(bytes.length);
        target.write(bytes);
    }

    static byte @Nullable [] readNullableBytes(DataInputView source) throws IOException {
        int length = source.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        source.readFully(bytes);
        return bytes;
    }

    static byte[] readBytes(DataInputView source) throws IOException {
        byte[] bytes = readNullableBytes(source);
        if (bytes == null) {
            throw new IOException("null bytes where the layout has none");
        }
        return bytes;
    }

    // Not writeUTF: it ends at 64 KiB, and an error message or a chunk of text may be longer.
    static void writeText(@Nullable String text, DataOutputView target) throws IOException {
        writeBytes(text == null ? null : text.getBytes(StandardCharsets.UTF_8), target);
    }

    static @Nullable String readNullableText(DataInputView source) throws IOException {
        byte[] bytes = readNullableBytes(source);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    static String readText(DataInputView source) throws IOException {
        return new String(readBytes(source), StandardCharsets.UTF_8);
    }

    static void writeInts(int[] values, DataOutputView target) throws IOException {
        target.writeInt(values.length);
        for (int value : values) {
            target.writeInt(value);
        }
    }

    static int[] readInts(DataInputView source) throws IOException {
        int[] values = new int[source.readInt()];
        for (int i = 0; i < values.length; i++) {
            values[i] = source.readInt();
        }
        return values;
    }
}
