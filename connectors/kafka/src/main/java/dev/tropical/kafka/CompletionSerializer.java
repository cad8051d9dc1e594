package dev.tropical.kafka;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Notice;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * One layout for all kinds, as it has been from the first version on: a kind's own fields are
 * filled, the others' are empty.
 */
final class CompletionSerializer extends ImmutableSerializer<CompletionRecord> {
    private static final long serialVersionUID = 1L;

    // Codes of their own: an order of classes would change when one is put between.
    private static final int CHUNK = 1;
    private static final int ENDING = 2;
    private static final int NOTICE = 3;

    private static final Meta NO_META = new Meta(0, null);
    private static final Chunk NO_CHUNK =
            new Chunk("", 0, Tokens.none(0), new Text(0, ""), null, NO_META);

    @Override
    int version() {
        return 3; // 1 had no first use, 2 no request in the meta and nothing of the prompt
    }

    @Override
    void write(CompletionRecord value, DataOutputView target) throws IOException {
        Fields.writeText(value.id(), target);
        if (value instanceof Chunk chunk) {
            target.writeByte(CHUNK);
            writeChunk(chunk, target);
            writeUsage(null, target);
            writeFailure(null, target);
        } else if (value instanceof Ending ending) {
            target.writeByte(ENDING);
            writeChunk(NO_CHUNK, target);
            writeUsage(ending.usage(), target);
            writeFailure(ending.error(), target);
        } else if (value instanceof Notice notice) {
            target.writeByte(NOTICE);
            writeChunk(NO_CHUNK, target);
            writeUsage(null, target);
            writeFailure(notice.notice(), target);
        }
        target.writeLong(value.meta().epoch());
        Fields.writeText(value.meta().timings(), target);
        Fields.writeText(value.meta().request(), target);
        writeLogprobs(value instanceof Chunk chunk ? chunk.prompt() : NO_CHUNK.prompt(), target);
    }

    @Override
    CompletionRecord read(int version, DataInputView source) throws IOException {
        String id = Fields.readText(source);
        int code = source.readByte();
        Chunk chunk = readChunk(version, source);
        Usage usage = readUsage(source);
        Failure failure = readFailure(version, source);
        Meta meta =
                new Meta(
                        source.readLong(),
                        Fields.readNullableText(source),
                        version < 3 ? null : Fields.readNullableText(source));
        TokenLogprob[] prompt = version < 3 ? NO_CHUNK.prompt() : readLogprobs(version, source);
        if (code == CHUNK) {
            return new Chunk(
                    id, chunk.choice(), chunk.tokens(), chunk.text(), chunk.finish(), prompt, meta);
        }
        if (code == ENDING) {
            return new Ending(id, usage, failure, meta);
        }
        if (code == NOTICE && failure != null) {
            return new Notice(id, failure, meta);
        }
        throw new IOException("kind " + code + " (expected: 1 to 3, a notice with its failure)");
    }

    private static void writeChunk(Chunk value, DataOutputView target) throws IOException {
        target.writeInt(value.choice());
        target.writeInt(value.tokens().offset());
        Fields.writeInts(value.tokens().ids(), target);
        target.writeInt(value.text().offset());
        Fields.writeText(value.text().value(), target);
        writeLogprobs(value.tokens().logprobs(), target);
        Finish finish = value.finish();
        Fields.writeText(finish == null ? null : finish.reason(), target);
        Fields.writeText(finish == null ? null : finish.stopReason(), target);
    }

    private static Chunk readChunk(int version, DataInputView source) throws IOException {
        int choice = source.readInt();
        int tokenOffset = source.readInt();
        int[] ids = Fields.readInts(source);
        Text text = new Text(source.readInt(), Fields.readText(source));
        Tokens tokens = new Tokens(tokenOffset, ids, readLogprobs(version, source));
        String reason = Fields.readNullableText(source);
        String stopReason = Fields.readNullableText(source);
        Finish finish = reason == null ? null : new Finish(reason, stopReason);
        return new Chunk("", choice, tokens, text, finish, NO_META);
    }

    private static void writeLogprobs(TokenLogprob[] values, DataOutputView target)
            throws IOException {
        target.writeInt(values.length);
        for (TokenLogprob value : values) {
            writeLogprob(value, target);
        }
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
        target.writeInt(value.rank());
    }

    private static TokenLogprob[] readLogprobs(int version, DataInputView source)
            throws IOException {
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
            int rank = version < 3 ? 0 : source.readInt();
            logprobs[i] = new TokenLogprob(tokenId, bytes, logprob, top, rank);
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
        return Ending.good("", new Usage(0, 0, 0), NO_META);
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
