package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.tropical.flink.FormerState;
import dev.tropical.flink.text.ServedModel;
import dev.tropical.flink.text.TestModels;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.DeadLetter;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RequestError;
import dev.tropical.protocol.wire.RouteInput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmitFunctionTest {
    private static final String GOOD = "{'prompt':'hello','max_tokens':4}";

    @TempDir Path folder;
    private ServedModel model;
    private KeyedOneInputStreamOperatorTestHarness<Integer, InferenceRequest, RouteInput> operator;

    @BeforeEach
    void open() throws Exception {
        model = TestModels.byteLevel(folder);
        operator = harness();
        operator.open();
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
    }

    private KeyedOneInputStreamOperatorTestHarness<Integer, InferenceRequest, RouteInput> harness()
            throws Exception {
        KeyedOneInputStreamOperatorTestHarness<Integer, InferenceRequest, RouteInput> harness =
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new KeyedProcessOperator<>(
                                new AdmitFunction(AdmitOptions.of(List.of(model), 3))),
                        request -> Lanes.of(request.id()),
                        Types.INT,
                        Lanes.COUNT,
                        1,
                        0);
        harness.getExecutionConfig()
                .configure(
                        new Configuration().set(PipelineOptions.GENERIC_TYPES, false),
                        getClass().getClassLoader());
        harness.setup(
                new ProtobufTypeInfo<>(RouteInput.class)
                        .createSerializer(new SerializerConfigImpl()));
        return harness;
    }

    @Test
    void shouldAdmitARequestForItsLaneAndCell() throws Exception {
        send("a", GOOD);
        RouteInput admitted = only(operator.extractOutputValues());
        assertThat(admitted.getRequest().getId()).isEqualTo("a");
        assertThat(admitted.getRequest().getLane()).isEqualTo(Lanes.of("a"));
        assertThat(admitted.getCell())
                .isEqualTo(admitted.getRequest().getCell())
                .isEqualTo(Cells.of("a", 3));
        assertThat(admitted.getRequest().getBodySha256())
                .isEqualTo(
                        ByteString.copyFrom(
                                MessageDigest.getInstance("SHA-256").digest(bytes(GOOD))));
        assertThat(errors()).isEmpty();
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void shouldEndABadRequestWithAnErrorAndADeadLetter() throws Exception {
        send("a", "{'prompt':''}");
        assertThat(operator.extractOutputValues()).isEmpty();
        RequestError error = only(errors());
        assertThat(error.getTerminal()).isTrue();
        assertThat(error.getLane()).isEqualTo(Lanes.of("a"));
        assertThat(error.getCode()).isEqualTo("invalid_request");
        assertThat(error.getParam()).isEqualTo("prompt");
        DeadLetter letter = only(deadLetters());
        assertThat(letter.id()).isEqualTo("a");
        assertThat(letter.body()).isEqualTo(bytes("{'prompt':''}"));
        assertThat(letter.message()).isEqualTo(error.getMessage());
        assertThat(letter.origin()).isEqualTo("requests-0@1");
    }

    @Test
    void shouldRefuseABodyOverTheLimit() throws Exception {
        operator.processElement(
                new StreamRecord<>(
                        new InferenceRequest("a", new byte[10 * 1024 * 1024], 5, "requests-0@1")));
        assertThat(only(errors()).getCode()).isEqualTo("request_too_large");
        assertThat(only(deadLetters()).body()).hasSize(10 * 1024 * 1024);
    }

    @Test
    void shouldEndARequestUnderItsPlaceWhenItsIdFitsIntoNoAnswer() throws Exception {
        send("\u00e9".repeat(257), GOOD);
        RequestError error = only(errors());
        assertThat(error.getId()).isEqualTo("requests-0@1");
        assertThat(error.getLane()).isEqualTo(Lanes.of("requests-0@1"));
        assertThat(error.getTerminal()).isTrue();
        assertThat(error.getMessage())
                .startsWith("id: \u00e9")
                .endsWith("of 514 bytes (expected: at most 512)")
                .hasSizeLessThan(200);
        assertThat(only(deadLetters()).id()).isEqualTo("requests-0@1");
        send("\u00e9".repeat(256), GOOD);
        assertThat(operator.extractOutputValues()).hasSize(1);
    }

    @Test
    void shouldOnlyNoteARepeatedId() throws Exception {
        send("a", GOOD);
        send("a", GOOD);
        send("a", "{'prompt':'other'}");
        send("a", "no json");
        assertThat(operator.extractOutputValues()).hasSize(1);
        assertThat(errors())
                .hasSize(3)
                .allSatisfy(
                        error -> {
                            assertThat(error.getTerminal()).isFalse();
                            assertThat(error.getCode()).isEqualTo("duplicate_id");
                        });
        assertThat(errors().get(0).getMessage()).contains("the same body");
        assertThat(errors().get(1).getMessage()).contains("another body");
        assertThat(errors())
                .allSatisfy(
                        error -> {
                            assertThat(error.getFirstBodySha256().toByteArray())
                                    .isEqualTo(
                                            MessageDigest.getInstance("SHA-256")
                                                    .digest(bytes(GOOD)));
                            assertThat(error.getFirstArrivedAtMs()).isEqualTo(5);
                        });
        assertThat(deadLetters()).hasSize(3);
    }

    /** Jackson itself reads some of these names as others: overlong, cut off, half a surrogate. */
    @Test
    void shouldRefuseFieldNamesThatAreNoUtf8() throws Exception {
        byte[][] names = {
            {(byte) 0x80},
            {(byte) 0xc1, (byte) 0xb0},
            {(byte) 0xe2, (byte) 0x82},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xf8, (byte) 0x88, (byte) 0x80, (byte) 0x80, (byte) 0x80},
            {(byte) 0xff}
        };
        for (byte[] name : names) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write(bytes("{'prompt':'Once','us"));
            body.write(name);
            body.write(bytes("er':'me'}"));
            String id = HexFormat.of().formatHex(name);
            operator.processElement(
                    new StreamRecord<>(
                            new InferenceRequest(id, body.toByteArray(), 5, "requests-0@1")));
        }
        assertThat(operator.extractOutputValues()).isEmpty();
        assertThat(errors())
                .hasSize(names.length)
                .allSatisfy(
                        error -> {
                            assertThat(error.getTerminal()).isTrue();
                            assertThat(error.getCode()).isEqualTo("invalid_request");
                            assertThat(error.getMessage()).contains("not UTF-8");
                        });
    }

    @Test
    void shouldCancelWhenTheLastWhoWaitsHasLeft() throws Exception {
        send("a", GOOD);
        send("a", GOOD);
        send("a", op("join", GOOD));
        send("a", op("leave", GOOD));
        send("a", op("leave", "{'prompt':'other'}"));
        send("a", op("leave", GOOD));
        assertThat(operator.extractOutputValues()).hasSize(1);
        send("a", op("leave", GOOD));
        assertThat(operator.extractOutputValues()).hasSize(2).last().matches(RouteInput::hasCancel);
        send("a", op("leave", GOOD));
        send("never seen", op("leave", GOOD));
        assertThat(operator.extractOutputValues()).hasSize(2);
    }

    @Test
    void shouldNotBeginWhatIsOnlyJoined() throws Exception {
        send("a", op("join", GOOD));
        assertThat(operator.extractOutputValues()).isEmpty();
        assertThat(only(errors()).getTerminal()).isFalse();
        assertThat(only(errors()).getCode()).isEqualTo("not_found");
        assertThat(deadLetters()).isEmpty();
        send("a", GOOD);
        assertThat(operator.extractOutputValues()).hasSize(1);
        send("a", op("join", GOOD));
        assertThat(errors()).hasSize(2).last().matches(e -> e.getCode().equals("duplicate_id"));
    }

    @Test
    void shouldRefuseAnOpWithoutTheBodysHash() throws Exception {
        send("a", "{'op':'join','body_sha256':'9F86'}");
        assertThat(only(errors()).getParam()).isEqualTo("body_sha256");
    }

    @Test
    void shouldCountABadRequestsIdAsUsed() throws Exception {
        send("a", "no json");
        send("a", GOOD);
        assertThat(operator.extractOutputValues()).isEmpty();
        assertThat(errors()).extracting(RequestError::getTerminal).containsExactly(true, false);
    }

    @Test
    void shouldPassCancellationsOnHoweverOften() throws Exception {
        send("a", GOOD);
        send("a", "{'op':'cancel','id':'a'}");
        send("a", "{'op':'cancel'}");
        send("never seen", "{'op':'cancel'}");
        List<RouteInput> out = operator.extractOutputValues();
        assertThat(out).hasSize(4);
        assertThat(out.get(0).hasRequest()).isTrue();
        assertThat(out.subList(1, 4)).allMatch(RouteInput::hasCancel);
        assertThat(out.get(1).getCell()).isEqualTo(out.get(0).getCell());
        assertThat(out.get(1).getCancel().getLane()).isEqualTo(Lanes.of("a"));
        assertThat(errors()).isEmpty();
        send("never seen", GOOD);
        assertThat(operator.extractOutputValues()).hasSize(5);
    }

    @Test
    void shouldRememberIdsAcrossARestoreAndForgetThemAfterADay() throws Exception {
        send("a", GOOD, 5);
        restart(operator.snapshot(1, 1));
        send("a", GOOD, 5 + AdmitFunction.ID_LIFETIME.toMillis() - 1);
        assertThat(operator.extractOutputValues()).isEmpty();
        assertThat(only(errors()).getFirstArrivedAtMs()).isEqualTo(5);
        send("a", GOOD, 5 + AdmitFunction.ID_LIFETIME.toMillis());
        assertThat(operator.extractOutputValues()).hasSize(1);
    }

    /** Requests of another partition may be read a day late. */
    @Test
    void shouldJudgeARepeatByTheBrokersTimeAlone() throws Exception {
        long day = AdmitFunction.ID_LIFETIME.toMillis();
        send("a", GOOD, 3 * day);
        send("b", GOOD, day);
        send("b", GOOD, day + 1);
        send("a", GOOD, day);
        assertThat(operator.extractOutputValues()).hasSize(2);
        assertThat(errors()).hasSize(2).noneMatch(RequestError::getTerminal);
    }

    @Test
    void shouldRememberTheNewestIdsOfALane() throws Exception {
        List<String> ids = idsOfLane(7, AdmitOptions.DEFAULT_REMEMBERED_IDS / Lanes.COUNT + 1);
        for (String id : ids) {
            send(id, "no json");
        }
        assertThat(errors()).hasSize(ids.size());
        send(ids.get(0), GOOD);
        assertThat(operator.extractOutputValues()).hasSize(1);
        send(ids.get(ids.size() / 8), GOOD);
        assertThat(operator.extractOutputValues()).hasSize(1);
    }

    /** Ids were kept one by one. */
    @Test
    void shouldKnowTheIdsThatRelease01Remembered() throws Exception {
        byte[] hash = BodyHash.digest(bytes(GOOD));
        MapStateDescriptor<String, byte[]> former =
                new MapStateDescriptor<>(
                        "used-ids",
                        Types.STRING,
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        former.enableTimeToLive(StateTtlConfig.newBuilder(AdmitFunction.ID_LIFETIME).build());
        byte[] timed = ByteBuffer.allocate(40).put(hash).putLong(77).array();
        restart(FormerState.of(former, Lanes::of, Map.of("a", timed, "b", hash)));
        send("a", GOOD);
        send("b", GOOD);
        restart(operator.snapshot(2, 2));
        send("a", GOOD);
        send("c", GOOD);
        assertThat(operator.extractOutputValues()).hasSize(1);
        RequestError repeat = only(errors());
        assertThat(repeat.getId()).isEqualTo("a");
        assertThat(repeat.getFirstArrivedAtMs()).isEqualTo(77);
        assertThat(repeat.getFirstBodySha256()).isEqualTo(ByteString.copyFrom(hash));
    }

    @Test
    void shouldNeverThrowWhateverComes() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] body = new byte[random.nextInt(40)];
            random.nextBytes(body);
            operator.processElement(
                    new StreamRecord<>(
                            new InferenceRequest("id-" + i, body, i, "requests-0@" + i)));
        }
        assertThat(errors()).hasSize(2_000).allMatch(RequestError::getTerminal);
        assertThat(deadLetters()).hasSize(2_000);
    }

    @Test
    void shouldRefuseToStartWithAContextBeyondTheModels() throws Exception {
        AdmitOptions options =
                new AdmitOptions(
                        List.of(model),
                        1,
                        100,
                        65,
                        Duration.ZERO,
                        Duration.ZERO,
                        AdmitOptions.LEAST_REMEMBERED_IDS);
        try (var tooLong =
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new KeyedProcessOperator<>(new AdmitFunction(options)),
                        (InferenceRequest request) -> 0,
                        Types.INT)) {
            assertThatThrownBy(tooLong::open).hasMessageContaining("maxModelLen: 65");
        }
    }

    private void restart(OperatorSubtaskState snapshot) throws Exception {
        operator.close();
        operator = harness();
        operator.initializeState(snapshot);
        operator.open();
    }

    private static List<String> idsOfLane(int lane, int count) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "id-" + i)
                .filter(id -> Lanes.of(id) == lane)
                .limit(count)
                .toList();
    }

    private void send(String id, String body) throws Exception {
        send(id, body, 5);
    }

    private void send(String id, String body, long arrivedAtMs) throws Exception {
        operator.processElement(
                new StreamRecord<>(
                        new InferenceRequest(id, bytes(body), arrivedAtMs, "requests-0@1")));
    }

    private static String op(String word, String body) {
        return "{'op':'%s','body_sha256':'%s'}".formatted(word, BodyHash.of(bytes(body)));
    }

    private static byte[] bytes(String body) {
        return body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    private List<RequestError> errors() {
        return side(AdmitFunction.ERRORS).stream().map(LaneInput::getError).toList();
    }

    private List<DeadLetter> deadLetters() {
        return side(AdmitFunction.DEAD_LETTERS);
    }

    private <T> List<T> side(OutputTag<T> tag) {
        List<T> values = new ArrayList<>();
        var records = operator.getSideOutput(tag);
        if (records != null) {
            records.forEach(record -> values.add(record.getValue()));
        }
        return values;
    }
}
