package dev.tropical.kafka;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Kind;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** The record's fields in their order, nested ones in place. */
final class CompletionSerializer extends ImmutableSerializer<CompletionRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    int version() {
        return 2; // 1 had no first use
    }

    @Override
    void write(CompletionRecord value, DataOutputView target) throws IOException {
        Fields.writeText(value.id(), target);
        target.writeByte(code(value.kind()));
        target.writeInt(value.choice());
        target.writeInt(value.tokenOffset());
        Fields.writeInts(value.tokenIds(), target);
        target.writeInt(value.textOffset());
        Fields.writeText(value.text(), target);
        target.writeInt(value.logprobs().length);
        for (TokenLogprob logprob : value.logprobs()) {
            writeLogprob(logprob, target);
        }
        Fields.writeText(value.finishReason(), target);
        Fields.writeText(value.stopReason(), target);
        writeUsage(value.usage(), target);
        writeFailure(value.error(), target);
        target.writeLong(value.meta().epoch());
        Fields.writeText(value.meta().timings(), target);
    }

    @Override
    CompletionRecord read(int version, DataInputView source) throws IOException {
        return new CompletionRecord(
                Fields.readText(source),
                kind(source.readByte()),
                source.readInt(),
                source.readInt(),
                Fields.readInts(source),
                source.readInt(),
                Fields.readText(source),
                readLogprobs(source),
                Fields.readNullableText(source),
                Fields.readNullableText(source),
                readUsage(source),
                readFailure(version, source),
                new Meta(source.readLong(), Fields.readNullableText(source)));
    }

    // Codes of their own: an enum's ordinal would change when a constant is put between.
    private static int code(Kind kind) {
        return switch (kind) {
            case CHUNK -> 1;
            case ENDING -> 2;
            case NOTICE -> 3;
        };
    }

    private static Kind kind(int code) throws IOException {
        return switch (code) {
            case 1 -> Kind.CHUNK;
            case 2 -> Kind.ENDING;
            case 3 -> Kind.NOTICE;
            default -> throw new IOException("kind " + code + " (expected: 1 to 3)");
        };
    }

    private static void writeLogprob(TokenLogprob value, DataOutputView target) throws IOException {
        target.writeInt(value.tokenId());
        Fields.writeBytes(value.bytes(), target);
        target.writeFloat(value.logprob());
        target.writeInt(value.top().length);
        for (Alternative alternative : value.top()) {
            target.writeInt(alternative.tokenId());
            Fields.writeBytes(alternative.bytes(), target);
            target.writeFloat(alternative.logprob());
        }
    }

    private static TokenLogprob[] readLogprobs(DataInputView source) throws IOException {
        TokenLogprob[] logprobs = new TokenLogprob[source.readInt()];
        for (int i = 0; i < logprobs.length; i++) {
            int tokenId = source.readInt();
            byte[] bytes = Fields.readBytes(source);
            float logprob = source.readFloat();
            Alternative[] top = new Alternative[source.readInt()];
            for (int j = 0; j < top.length; j++) {
                top[j] =
                        new Alternative(
                                source.readInt(), Fields.readBytes(source), source.readFloat());
            }
            logprobs[i] = new TokenLogprob(tokenId, bytes, logprob, top);
        }
        return logprobs;
    }

    private static void writeUsage(@Nullable Usage value, DataOutputView target)
            throws IOException {
        target.writeBoolean(value != null);
        if (value != null) {
            target.writeInt(value.promptTokens());
            target.writeInt(value.completionTokens());
            target.writeInt(value.cachedTokens());
        }
    }

    private static @Nullable Usage readUsage(DataInputView source) throws IOException {
        return source.readBoolean()
                ? new Usage(source.readInt(), source.readInt(), source.readInt())
                : null;
    }

    private static void writeFailure(@Nullable Failure value, DataOutputView target)
            throws IOException {
        target.writeBoolean(value != null);
        if (value != null) {
            Fields.writeText(value.code(), target);
            Fields.writeText(value.message(), target);
            Fields.writeText(value.param(), target);
            FirstUse first = value.first();
            Fields.writeText(first == null ? null : first.bodySha256(), target);
            target.writeLong(first == null ? 0 : first.arrivedAtMs());
        }
    }

    private static @Nullable Failure readFailure(int version, DataInputView source)
            throws IOException {
        return source.readBoolean()
                ? new Failure(
                        Fields.readText(source),
                        Fields.readText(source),
                        Fields.readNullableText(source),
                        version < 2 ? null : readFirstUse(source))
                : null;
    }

    private static @Nullable FirstUse readFirstUse(DataInputView source) throws IOException {
        String bodySha256 = Fields.readNullableText(source);
        long arrivedAtMs = source.readLong();
        return bodySha256 == null ? null : new FirstUse(bodySha256, arrivedAtMs);
    }

    @Override
    public CompletionRecord createInstance() {
        return CompletionRecord.ending("", new Usage(0, 0, 0), new Meta(0, null));
    }

    @Override
    public TypeSerializerSnapshot<CompletionRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Made by Flink from its name. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<CompletionRecord> {
        public Snapshot() {
            super(CompletionSerializer::new);
        }
    }
}
