package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.key;
import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RoleSwitch;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request's life while nothing is lost. */
class LaneTableTest {

    @Test
    void shouldEmitEachTokenWhenItComes() {
        Rig rig = Rig.with("hello", "d1");
        rig.dispatch(request("r", 5).build(), "d1");
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("h");
        rig.step();
        Chunk second = rig.chunks().get(1);
        assertThat(second.tokens().offset()).isEqualTo(1);
        assertThat(second.text().offset()).isEqualTo(1);
        assertThat(second.text().value()).isEqualTo("e");
        assertThat(second.meta().epoch()).isEqualTo(Rig.EPOCH);
    }

    @Test
    void shouldEndOnceWithUsageAfterTheLastToken() {
        Rig rig = Rig.with("hello", "d1");
        rig.dispatch(request("r", 5).build(), "d1");
        for (int i = 0; i < 7; i++) {
            rig.step();
        }
        assertThat(rig.text("r", 0)).isEqualTo("hello");
        assertThat(rig.finishes("r")).containsExactly("length");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(
                        ending ->
                                assertThat(ending.usage())
                                        .isEqualTo(new CompletionRecord.Usage(2, 5, 0)));
        assertThat(rig.lanes.inFlightCount()).isZero();
    }

    @Test
    void shouldTellTimingsWithTheEnding() {
        Rig rig = Rig.with("abc", "d1");
        rig.dispatch(request("r", 3).build(), "d1");
        rig.clock.advance(500);
        rig.step();
        rig.clock.advance(100);
        rig.step();
        rig.clock.advance(100);
        rig.step();
        assertThat(rig.endings("r").get(0).meta().timings())
                .contains("\"ttft_ms\":1500")
                .contains("\"tpot_ms\":100.0")
                .contains("\"jct_ms\":1700")
                .contains("\"engines\":[\"d1\"]");
    }

    @Test
    void shouldRunEachChoiceWithItsOwnSeedAndEndTheRequestWithTheLast() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).setN(3).build(), "d1");
        List<Long> seeds =
                rig.commands.stream()
                        .filter(EngineCommand::hasSubmit)
                        .map(command -> command.getSubmit().getSampling().getSeed())
                        .toList();
        assertThat(seeds).hasSize(3).doesNotHaveDuplicates().first().isEqualTo(1L);
        for (int i = 0; i < 4; i++) {
            assertThat(rig.endings("r")).isEmpty();
            rig.step();
        }
        assertThat(rig.finishes("r")).containsExactly("length", "length", "length");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(
                        ending ->
                                assertThat(ending.usage())
                                        .isEqualTo(new CompletionRecord.Usage(2, 12, 0)));
    }

    @Test
    void shouldStopAtStopStringAndTellTheEngine() {
        Rig rig = Rig.with("onetwothree", "d1");
        rig.dispatch(request("r", 11).addStop("two").build(), "d1");
        for (int i = 0; i < 8; i++) {
            rig.step();
        }
        assertThat(rig.text("r", 0)).isEqualTo("one");
        assertThat(rig.finishes("r")).containsExactly("stop");
        Chunk last = rig.chunks().get(rig.chunks().size() - 1);
        assertThat(last.finish().stopReason()).isEqualTo("two");
        assertThat(last.tokens().end()).isEqualTo(6);
        assertThat(rig.engine("d1").holds()).isEmpty();
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldHoldBackTextThatMayBecomeStopString() {
        Rig rig = Rig.with("atbx", "d1");
        rig.dispatch(request("r", 4).addStop("tby").build(), "d1");
        rig.step();
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("a");
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("atbx");
        assertThat(rig.chunks().get(3).text().offset()).isEqualTo(1);
    }

    @Test
    void shouldPutThePromptFirstWhenEchoed() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).setEcho(true).build(), "d1");
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("pqa");
        assertThat(rig.chunks().get(1).text().offset()).isEqualTo(2);
        assertThat(rig.chunks().get(1).tokens().offset()).isZero();
    }

    @Test
    void shouldNotSayTheStopToken() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 9).build(), "d1");
        rig.deliver(
                "d1", tokens("r", 0, "ab").setFinish(FinishReason.STOP).setStopTokenId(1).build());
        assertThat(rig.text("r", 0)).isEqualTo("a");
        assertThat(rig.chunks().get(0).finish().stopReason()).isEqualTo("1");
        assertThat(rig.chunks().get(0).tokens().ids()).containsExactly(0, 1);
    }

    @Test
    void shouldGiveLogprobsOfNewTokensWithTheirBytes() {
        Rig rig = Rig.with("abc", "d1");
        AdmittedRequest.Builder request = request("r", 9);
        request.getSamplingBuilder().setLogprobs(1);
        rig.dispatch(request.build(), "d1");
        rig.deliver("d1", tokens("r", 0, "a").build());
        rig.deliver(
                "d1",
                tokens("r", 0, "ab")
                        .addLogprobs(TokenLogprobs.newBuilder().setLogprob(-1))
                        .addLogprobs(
                                TokenLogprobs.newBuilder()
                                        .setLogprob(-2)
                                        .addTopTokenIds(25)
                                        .addTopLogprobs(-0.5f))
                        .build());
        CompletionRecord.TokenLogprob logprob = rig.chunks().get(1).tokens().logprobs()[0];
        assertThat(rig.chunks().get(1).tokens().logprobs()).hasSize(1);
        assertThat(logprob.logprob()).isEqualTo(-2);
        assertThat(logprob.bytes()).containsExactly('b');
        assertThat(logprob.top()[0].bytes()).containsExactly('z');
    }

    @Test
    void shouldGiveLogprobsOfThePromptWithTheFirstToken() {
        Rig rig = Rig.with("abc", "d1");
        AdmittedRequest.Builder request = request("r", 9);
        request.getSamplingBuilder().setPromptLogprobs(0);
        rig.dispatch(request.build(), "d1");
        TokenLogprobs second = TokenLogprobs.newBuilder().setLogprob(-2).setRank(4).build();
        rig.deliver("d1", tokens("r", 0, "a").addPromptLogprobs(second).build());
        rig.deliver("d1", tokens("r", 0, "ab").addPromptLogprobs(second).build());

        CompletionRecord.TokenLogprob[] prompt = rig.chunks().get(0).prompt();
        assertThat(prompt).hasSize(2);
        assertThat(prompt[0].logprob()).isNaN();
        assertThat(prompt[0].bytes()).containsExactly('p');
        assertThat(prompt[1].logprob()).isEqualTo(-2);
        assertThat(prompt[1].rank()).isEqualTo(4);
        assertThat(rig.chunks().get(1).prompt()).isEmpty();
    }

    @Test
    void shouldTellAClientWhatItsEngineCannotDo() {
        Rig rig = Rig.with("a", "d1");
        rig.dispatch(request("r", 9).build(), "d1");
        rig.engine("d1").refuse(key("r", 0, 0), 0, RefusalCode.UNSUPPORTED);
        rig.deliver();
        assertThat(rig.endings("r").get(0).error().code()).isEqualTo("invalid_request");
    }

    @Test
    void shouldSayWhoseRequestItAnswers() {
        Rig rig = Rig.with("a", "d1");
        ByteString hash = ByteString.copyFrom(new byte[] {0x1f, 2, 3, 4, 5, 6, 7, 8, 9});
        rig.dispatch(request("r", 1).setBodySha256(hash).build(), "d1");
        rig.step();
        assertThat(rig.records)
                .isNotEmpty()
                .allSatisfy(
                        record ->
                                assertThat(record.meta().request()).isEqualTo("1f02030405060708"));
    }

    @Test
    void shouldEndCancelledRequestAtOnceAndTellEveryEngine() {
        Rig rig = Rig.with("abcdef", "p1", "d1");
        rig.dispatch(request("r", 6).setN(2).build(), "p1");
        rig.step();
        rig.cancel("r");
        assertThat(rig.finishes("r")).containsExactly("cancelled", "cancelled");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(ending -> assertThat(ending.error().code()).isEqualTo("cancelled"));
        assertThat(rig.engine("p1").holds()).isEmpty();
        assertThat(rig.commands.stream().filter(EngineCommand::hasCancel)).hasSize(4);
        int said = rig.records.size();
        rig.cancel("r");
        rig.step();
        assertThat(rig.records).hasSize(said);
    }

    @Test
    void shouldIgnoreCancelOfUnknownId() {
        Rig rig = Rig.with("a", "d1");
        rig.cancel("nobody");
        assertThat(rig.records).isEmpty();
    }

    @Test
    void shouldDropDispatchOfRunningAndOfEndedRequest() {
        Rig rig = Rig.with("ab", "d1", "d2");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.dispatch(request("r", 2).build(), "d2");
        assertThat(rig.engine("d2").holds()).isEmpty();
        rig.step();
        rig.step();
        rig.dispatch(request("r", 2).build(), "d2");
        rig.step();
        assertThat(rig.endings("r")).hasSize(1);
        assertThat(rig.text("r", 0)).isEqualTo("ab");
    }

    @Test
    void shouldWriteOneEndingForRepeatedTerminalErrorAndLetNoticesPass() {
        Rig rig = Rig.with("a", "d1");
        rig.error("bad", "invalid_request", true);
        rig.error("bad", "invalid_request", true);
        rig.error("bad", "duplicate_id", false);
        assertThat(rig.endings("bad")).hasSize(1);
        assertThat(rig.records).hasSize(2);
        assertThat(rig.records.get(1)).isInstanceOf(CompletionRecord.Notice.class);
    }

    @Test
    void shouldNotTouchStreamOfFirstRequestWhenItsIdIsRepeated() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.error("r", "duplicate_id", false);
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldEndRequestThatNeverFits() {
        Rig rig = Rig.with("a", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.engine("d1").refuse(key("r", 0, 0), 0, RefusalCode.NEVER_FITS);
        rig.deliver();
        assertThat(rig.finishes("r")).containsExactly("error");
        assertThat(rig.endings("r").get(0).error().code()).isEqualTo("context_length_exceeded");
    }

    @Test
    void shouldAskForAnotherEngineWhenQueueIsFullHoweverOften() {
        Rig rig = Rig.with("ab", "d1", "d2");
        rig.dispatch(request("r", 2).build(), "d1");
        for (int attempt = 0; attempt < 5; attempt++) {
            rig.engine("d1").refuse(key("r", 0, attempt), 0, RefusalCode.QUEUE_FULL);
            rig.deliver();
            Retry retry = rig.retries.get(attempt);
            assertThat(retry.getAttempt()).isEqualTo(attempt + 1);
            rig.dispatch(retry, "d1");
        }
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        assertThat(rig.endings("r").get(0).error()).isNull();
    }

    @Test
    void shouldAckWhatCompletedCheckpointHolds() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.step();
        rig.snapshot(1);
        rig.step();
        assertThat(rig.commands).noneMatch(EngineCommand::hasAck);
        rig.lanes.checkpointComplete(1);
        EngineCommand ack = rig.commands.get(rig.commands.size() - 1);
        assertThat(ack.getAck().getSequences(0).getOffset()).isEqualTo(2);
        rig.step();
        rig.snapshot(2);
        rig.lanes.checkpointComplete(2);
        assertThat(rig.engine("d1").holds()).isEmpty();
    }

    @Test
    void shouldCoverAbortedCheckpointByTheNext() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.step();
        rig.snapshot(1);
        rig.snapshot(2);
        rig.lanes.checkpointComplete(2);
        assertThat(rig.engine("d1").holds()).isEmpty();
    }

    static EngineEventTokens tokens(String id, int offset, String text) {
        return new EngineEventTokens(id, offset, text);
    }

    /** A token event under construction. */
    static final class EngineEventTokens {
        private final TokenEvent.Builder event = TokenEvent.newBuilder().setEpoch(Rig.EPOCH);

        EngineEventTokens(String id, int offset, String text) {
            event.setKey(key(id, 0, 0)).setOffset(offset).setStopTokenId(-1);
            for (int token : LetterTexts.tokens(text)) {
                event.addTokenIds(token);
            }
        }

        EngineEventTokens setFinish(FinishReason reason) {
            event.setFinish(reason);
            return this;
        }

        EngineEventTokens setChoice(int choice) {
            event.getKeyBuilder().setChoice(choice);
            return this;
        }

        EngineEventTokens setStopTokenId(int token) {
            event.setStopTokenId(token);
            return this;
        }

        EngineEventTokens setEpoch(long epoch) {
            event.setEpoch(epoch);
            return this;
        }

        EngineEventTokens addPromptLogprobs(TokenLogprobs logprobs) {
            event.addPromptLogprobs(logprobs);
            return this;
        }

        EngineEventTokens addLogprobs(TokenLogprobs.Builder logprobs) {
            event.addLogprobs(logprobs);
            return this;
        }

        EngineEvent build() {
            return EngineEvent.newBuilder().setTokens(event).build();
        }
    }

    @Test
    void shouldPassTheRoutersRoleSwitchOnToTheEngine() {
        Rig rig = Rig.with("a", "d1");
        RoleSwitch change = RoleSwitch.newBuilder().setEngineId("d1").setRole(Role.PREFILL).build();
        rig.lanes.onInput(LaneInput.newBuilder().setRoleSwitch(change).build());
        assertThat(rig.engine("d1").role).isEqualTo(Role.PREFILL);
    }
}
