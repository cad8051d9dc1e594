package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.EngineLoad;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.Membership;
import dev.tropical.protocol.wire.RouteInput;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class SerializersTest {
    private static final Meta META = new Meta(42, "{\"queued_ms\":1}", "1f02030405060708");

    @Test
    void shouldKeepEveryFieldOfAChunk() throws Exception {
        TokenLogprob logprob =
                new TokenLogprob(
                        7,
                        new byte[] {(byte) 0xe2},
                        -0.25f,
                        new Alternative[] {new Alternative(8, new byte[] {65}, -1.5f)});
        CompletionRecord chunk =
                new CompletionRecord.Chunk(
                        "id-\u00e9",
                        2,
                        new Tokens(5, new int[] {7, 9}, new TokenLogprob[] {logprob, logprob}),
                        new Text(11, "\ud83d\ude00 text"),
                        new Finish("stop", "###"),
                        new TokenLogprob[] {
                            new TokenLogprob(3, new byte[0], Float.NaN, new Alternative[0], 2)
                        },
                        META);
        CompletionRecord back = roundTrip(ValueTypeInfo.COMPLETION, chunk);
        assertThat(back)
                .usingRecursiveComparison()
                .withEqualsForType(Float::equals, Float.class) // NaN is NaN
                .isEqualTo(chunk);
    }

    @Test
    void shouldKeepEndingsAndNotices() throws Exception {
        CompletionRecord good = CompletionRecord.Ending.good("a", new Usage(3, 4, 1), META);
        CompletionRecord bad =
                CompletionRecord.Ending.bad("b", new Failure("c", "m", null), new Meta(1, null));
        CompletionRecord notice =
                new CompletionRecord.Notice("c", new Failure("c", "m", "p"), META);
        for (CompletionRecord record : new CompletionRecord[] {good, bad, notice}) {
            assertThat(roundTrip(ValueTypeInfo.COMPLETION, record))
                    .usingRecursiveComparison()
                    .isEqualTo(record);
        }
    }

    @Test
    void shouldKeepRequestsDeadLettersAndReports() throws Exception {
        byte[] body = new byte[100_000];
        body[99_999] = 3;
        InferenceRequest request = new InferenceRequest("id", body, 123, "t-0@1");
        DeadLetter letter = new DeadLetter("id", body, "code", "x".repeat(70_000), "t-0@1");
        CellReport report =
                new CellReport(
                        new CellDepth(3, 4, 5L << 32, false),
                        List.of(
                                new EngineLoad(
                                        "e", "decode", "cpu", true, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
                        Map.of("idle", 7L));
        assertThat(roundTrip(ValueTypeInfo.REQUEST, request))
                .usingRecursiveComparison()
                .isEqualTo(request);
        assertThat(roundTrip(ValueTypeInfo.DEAD_LETTER, letter))
                .usingRecursiveComparison()
                .isEqualTo(letter);
        assertThat(roundTrip(ValueTypeInfo.CELL_REPORT, report)).isEqualTo(report);
    }

    @Test
    void shouldKeepProtobufMessages() throws Exception {
        RouteInput input =
                RouteInput.newBuilder()
                        .setCell(4)
                        .setCancel(CancelRequest.newBuilder().setId("x").setLane(9))
                        .build();
        assertThat(roundTrip(new ProtobufTypeInfo<>(RouteInput.class), input)).isEqualTo(input);
    }

    @Test
    void shouldNameTheMessageThatBytesAreNot() throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(16);
        out.writeInt(2);
        out.write(new byte[] {(byte) 0xff, (byte) 0xff});
        TypeSerializer<RouteInput> serializer =
                new ProtobufTypeInfo<>(RouteInput.class)
                        .createSerializer(new SerializerConfigImpl());
        assertThatThrownBy(
                        () ->
                                serializer.deserialize(
                                        new DataInputDeserializer(out.getCopyOfBuffer())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("2 bytes are no " + RouteInput.class.getName());
    }

    @Test
    void shouldRefuseALayoutFromTheFuture() throws Exception {
        DataInputDeserializer in = new DataInputDeserializer(new byte[] {9, 0, 0, 0, 0});
        TypeSerializer<CellReport> serializer =
                ValueTypeInfo.CELL_REPORT.createSerializer(new SerializerConfigImpl());
        assertThatThrownBy(() -> serializer.deserialize(in))
                .isInstanceOf(IOException.class)
                .hasMessage("CellReportSerializer: layout version 9 (expected: 1 to 1)");
    }

    @Test
    void shouldNotTakeStateOfAnotherMessage() {
        TypeSerializerSnapshot<RouteInput> inputs = snapshot(RouteInput.class);
        @SuppressWarnings({"unchecked", "rawtypes"})
        TypeSerializerSnapshot<RouteInput> others =
                (TypeSerializerSnapshot) snapshot(Membership.class);
        assertThat(inputs.resolveSchemaCompatibility(others).isIncompatible()).isTrue();
        assertThat(inputs.resolveSchemaCompatibility(snapshot(RouteInput.class)))
                .matches(c -> c.isCompatibleAsIs());
    }

    private static <T extends com.google.protobuf.Message> TypeSerializerSnapshot<T> snapshot(
            Class<T> type) {
        return new ProtobufTypeInfo<>(type)
                .createSerializer(new SerializerConfigImpl())
                .snapshotConfiguration();
    }

    /** Writes, copies as bytes, and reads with the serializer that a savepoint would restore. */
    private static <T> T roundTrip(TypeInformation<T> type, T value) throws Exception {
        TypeSerializer<T> serializer = type.createSerializer(new SerializerConfigImpl());
        DataOutputSerializer written = new DataOutputSerializer(64);
        serializer.serialize(value, written);
        DataOutputSerializer copied = new DataOutputSerializer(64);
        serializer.copy(new DataInputDeserializer(written.getCopyOfBuffer()), copied);
        assertThat(copied.getCopyOfBuffer()).isEqualTo(written.getCopyOfBuffer());
        DataInputDeserializer in = new DataInputDeserializer(copied.getCopyOfBuffer());
        T back = restored(serializer).deserialize(in);
        assertThat(in.available()).isZero();
        return back;
    }

    private static <T> TypeSerializer<T> restored(TypeSerializer<T> serializer) throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<T> snapshot =
                TypeSerializerSnapshot.readVersionedSnapshot(
                        new DataInputDeserializer(out.getCopyOfBuffer()),
                        SerializersTest.class.getClassLoader());
        assertThat(
                        serializer
                                .snapshotConfiguration()
                                .resolveSchemaCompatibility(snapshot)
                                .isCompatibleAsIs())
                .isTrue();
        return snapshot.restoreSerializer();
    }
}
