package dev.tropical.engine.loop;

import static dev.tropical.engine.loop.LoopHarness.EPOCH;
import static dev.tropical.engine.loop.LoopHarness.LANES;
import static dev.tropical.engine.loop.LoopHarness.key;
import static dev.tropical.engine.loop.LoopHarness.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.protocol.wire.BatchLimits;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.HeldSequence;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.SetLimits;
import dev.tropical.protocol.wire.SetRole;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineLoopTest {
    private static final Setup PLAIN =
            Setup.of("e").loop(LoopOptions.defaults(false).withTokenPause(Duration.ZERO));

    @Test
    void shouldGiveTheSameTokensPlainAndOverlapped() {
        Map<SequenceKey, List<Integer>> plain = tokensOfManySequences(PLAIN);
        Map<SequenceKey, List<Integer>> overlapped = tokensOfManySequences(Setup.of("e"));
        assertThat(plain).hasSize(20).isEqualTo(overlapped);
    }

    private static Map<SequenceKey, List<Integer>> tokensOfManySequences(Setup setup) {
        LoopHarness engine = LoopHarness.greeted(setup.numBlocks(40));
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            keys.add(engine.submit("r" + i, 1 + i * 3, 1 + i));
            engine.turns(i % 3);
        }
        keys.forEach(engine::runUntilFinished);
        assertThat(engine.areAllBlocksFree()).isTrue();
        return engine.tokens;
    }

    @Test
    void shouldFinishEverythingOnAPoolThatHoldsLittle() {
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").numBlocks(12));
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            keys.add(engine.submit("r" + i, 1 + i % 20, 20));
        }
        keys.forEach(engine::runUntilFinished);
        LoopHarness alone = LoopHarness.greeted();
        for (SequenceKey key : keys.subList(0, 20)) {
            int prompt = 1 + Integer.parseInt(key.getRequestId().substring(1)) % 20;
            alone.submit(key.getRequestId(), prompt, 20);
            alone.runUntilFinished(key);
            assertThat(engine.tokens.get(key)).isEqualTo(alone.tokens.get(key));
        }
        assertThat(engine.statusNow().getPreemptionsTotal()).isPositive();
        assertThat(engine.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldSayOfEachSequenceThatItWaitsNoLonger() {
        LoopHarness engine = LoopHarness.greeted();
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 9; i++) { // one more than there are slots
            keys.add(engine.submit("s" + i, 5, 20));
        }
        engine.turns(4);
        assertThat(engine.begun).containsExactlyElementsOf(keys.subList(0, 8));
        engine.runUntilFinished(keys.get(8));
        assertThat(engine.begun).containsExactlyElementsOf(keys);
    }

    @Test
    void shouldRefuseALaneThatHasNotSaidHello() {
        LoopHarness engine = new LoopHarness(Setup.of("e"), new ManualClock());
        engine.submit("early", 5, 5);
        engine.turns(3);
        assertThat(engine.refused)
                .extracting(Refused::getCode)
                .containsOnly(RefusalCode.STALE_EPOCH);
        assertThat(engine.tokens).isEmpty();
    }

    @Test
    void shouldFenceLowerEpochs() {
        LoopHarness engine = LoopHarness.greeted();
        ByteString successor = ByteString.copyFromUtf8("successor");
        engine.hello(successor, EPOCH + 1);
        engine.submit("late", 5, 5);
        engine.hello(LANES, EPOCH);
        engine.turns(1);
        assertThat(engine.refused)
                .hasSize(1 + dev.tropical.protocol.Lanes.COUNT)
                .extracting(Refused::getCode)
                .containsOnly(RefusalCode.STALE_EPOCH);
        engine.submit(request("new", 5, 5).setEpoch(EPOCH + 1));
        engine.runUntilFinished(key("new"));
    }

    @Test
    void shouldAnswerHelloWithEverythingThatIsNotAcknowledged() {
        LoopHarness engine = LoopHarness.greeted(PLAIN);
        SequenceKey done = engine.submit("done", 5, 4);
        engine.runUntilFinished(done);
        engine.ack(done, 1);
        SequenceKey running = engine.submit("running", 5, 50);
        engine.turns(4);
        engine.hello(EPOCH + 1);
        engine.turns(1);
        List<HeldSequence> held = engine.inventories.get(1).getSequencesList();
        assertThat(held).extracting(h -> h.getRequest().getKey()).containsExactly(done, running);
        TokenEvent rest = held.get(0).getTokens();
        assertThat(rest.getOffset()).isEqualTo(1);
        assertThat(rest.getTokenIdsList()).isEqualTo(engine.tokens.get(done).subList(1, 4));
        assertThat(rest.getFinish()).isEqualTo(FinishReason.LENGTH);
        assertThat(rest.getEpoch()).isEqualTo(EPOCH + 1);
        assertThat(held.get(1).getTokens().getTokenIdsCount()).isPositive();
    }

    @Test
    void shouldForgetWhatIsFinishedAndAcknowledged() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey done = engine.submit("done", 5, 4);
        engine.runUntilFinished(done);
        engine.ack(done, 4);
        engine.attach(done, 0);
        engine.turns(1);
        assertThat(engine.refused)
                .extracting(Refused::getCode)
                .containsExactly(RefusalCode.UNKNOWN_SEQUENCE);
    }

    @Test
    void shouldForgetWhatIsFinishedAfterTenMinutes() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey done = engine.submit("done", 5, 4);
        engine.runUntilFinished(done);
        engine.clock.advance(Duration.ofMinutes(9));
        engine.turns(2);
        engine.attach(done, 0);
        engine.turns(1);
        assertThat(engine.refused).isEmpty();
        engine.clock.advance(Duration.ofMinutes(1));
        engine.turns(2);
        engine.attach(done, 0);
        engine.turns(1);
        assertThat(engine.refused).hasSize(1);
    }

    @Test
    void shouldSendTokensAgainFromTheAttachedOffset() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey done = engine.submit("done", 5, 6);
        engine.runUntilFinished(done);
        engine.tokenEvents.clear();
        engine.attach(done, 4);
        engine.turns(1);
        assertThat(engine.tokenEvents).hasSize(1);
        assertThat(engine.tokenEvents.get(0).getOffset()).isEqualTo(4);
        assertThat(engine.tokenEvents.get(0).getTokenIdsCount()).isEqualTo(2);
        assertThat(engine.tokenEvents.get(0).getFinish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void shouldAnswerARepeatedSubmitWithTheTokensSoFar() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey done = engine.submit("done", 5, 6);
        engine.runUntilFinished(done);
        engine.tokenEvents.clear();
        engine.submit("done", 5, 6);
        engine.turns(3);
        assertThat(engine.tokenEvents).hasSize(1);
        assertThat(engine.tokenEvents.get(0).getTokenIdsList()).isEqualTo(engine.tokens.get(done));
        assertThat(engine.statusNow().getFinishedTotal()).isEqualTo(1);
    }

    @Test
    void shouldGoOnWhereAnEarlierAttemptStopped() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey whole = engine.submit("whole", 9, 10);
        engine.runUntilFinished(whole);
        List<Integer> expected = engine.tokens.get(whole);
        SequenceKey rest =
                engine.submit(
                        request("rest", 9, 10).addAllGeneratedTokenIds(expected.subList(0, 6)));
        engine.runUntilFinished(rest);
        assertThat(engine.tokens.get(rest).subList(6, 10)).isEqualTo(expected.subList(6, 10));
        assertThat(
                        engine.tokenEvents.stream()
                                .filter(event -> event.getKey().equals(rest))
                                .mapToInt(TokenEvent::getOffset))
                .containsExactly(6, 7, 8, 9);
    }

    @Test
    void shouldRefuseWhatCanNeverFit() {
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").numBlocks(4));
        engine.submit("pool", 16, 5);
        engine.submit("context", 128, 5);
        engine.submit("fits", 15, 1);
        engine.runUntilFinished(key("fits"));
        assertThat(engine.refused)
                .extracting(Refused::getCode)
                .containsExactly(RefusalCode.NEVER_FITS, RefusalCode.NEVER_FITS);
        assertThat(engine.refused.get(0).getMessage()).contains("16", "128");
    }

    @Test
    void shouldRefuseToScoreAPromptWhereTheRunnerCannot() {
        LoopHarness engine = LoopHarness.greeted();
        Submit.Builder request = request("scored", 5, 4);
        request.getSamplingBuilder().setPromptLogprobs(0);
        engine.submit(request);
        engine.turns(1);
        assertThat(engine.refused)
                .singleElement()
                .satisfies(
                        refused -> {
                            assertThat(refused.getCode()).isEqualTo(RefusalCode.UNSUPPORTED);
                            assertThat(refused.getMessage())
                                    .startsWith("prompt_logprobs: 0 (expected: absent");
                        });
    }

    @Test
    void shouldRefuseTokensThatTheModelDoesNotHave() {
        LoopHarness engine = LoopHarness.greeted();
        engine.submit(request("bad", 3, 5).addPromptTokenIds(1000));
        engine.submit(request("empty", 0, 5));
        engine.turns(2);
        assertThat(engine.refused)
                .extracting(Refused::getCode)
                .containsExactly(RefusalCode.INVALID, RefusalCode.INVALID);
        assertThat(engine.refused.get(0).getMessage()).contains("1000", "999");
    }

    @Test
    void shouldRefuseBeyondTheWaitingBound() {
        LoopOptions two =
                new LoopOptions(
                        true,
                        2,
                        256,
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(2),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(60),
                        Duration.ofMillis(500));
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").loop(two));
        for (int i = 0; i < 5; i++) {
            engine.submit("r" + i, 5, 5);
        }
        engine.turns(1);
        assertThat(engine.refused)
                .hasSize(3)
                .extracting(Refused::getCode)
                .containsOnly(RefusalCode.QUEUE_FULL);
        engine.runUntilFinished(key("r1"));
    }

    @Test
    void shouldFreeEverythingWhenCancelledAtAnyTime() {
        for (int turns = 0; turns < 12; turns++) {
            LoopHarness engine = LoopHarness.greeted();
            SequenceKey key = engine.submit("r", 40, 50);
            engine.turns(turns);
            engine.cancel(key);
            engine.turns(4);
            assertThat(engine.finished).isEmpty();
            assertThat(engine.areAllBlocksFree()).as("cancelled after %s turns", turns).isTrue();
        }
    }

    @Test
    void shouldDropASubmitThatComesAfterItsCancellation() {
        LoopHarness engine = LoopHarness.greeted();
        engine.cancel(key("r").toBuilder().setAttempt(-1).build());
        engine.submit(request("r", 5, 5).setKey(key("r").toBuilder().setAttempt(2)));
        engine.turns(5);
        assertThat(engine.tokens).isEmpty();
        engine.clock.advance(Duration.ofSeconds(61));
        engine.turns(1);
        engine.submit("r", 5, 5);
        engine.runUntilFinished(key("r"));
    }

    @Test
    void shouldSendAgainWhatAFullConnectionDropped() {
        LoopHarness engine = LoopHarness.greeted();
        engine.port.full.add(LANES);
        SequenceKey key = engine.submit("r", 5, 5);
        engine.turns(20);
        assertThat(engine.finished).isEmpty();
        engine.port.full.clear();
        engine.turns(5);
        assertThat(engine.finished).isEmpty();
        engine.clock.advance(Duration.ofMillis(500));
        engine.turns(1);
        assertThat(engine.finished).containsKey(key);
        assertThat(engine.tokens.get(key)).hasSize(5);
    }

    @Test
    void shouldReachALaneAgainWhoseConnectionItHadGivenUp() {
        LoopHarness engine = LoopHarness.greeted();
        engine.port.full.add(LANES);
        SequenceKey key = engine.submit("r", 5, 5);
        engine.turns(20);
        for (int i = 0; i < 40; i++) {
            engine.clock.advance(Duration.ofMillis(500));
            engine.turns(1);
        }
        engine.port.full.clear();
        engine.clock.advance(Duration.ofSeconds(1));
        engine.turns(5);
        assertThat(engine.finished).isEmpty();
        engine.attach(key, 0);
        engine.turns(1);
        assertThat(engine.finished).containsKey(key);
        assertThat(engine.tokens.get(key)).hasSize(5);
    }

    @Test
    void shouldSendARefusalAgainThatAFullConnectionDropped() {
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").numBlocks(4));
        engine.port.full.add(LANES);
        engine.submit("too-long", 16, 5);
        engine.turns(2);
        engine.port.full.clear();
        assertThat(engine.refused).isEmpty();
        engine.clock.advance(Duration.ofMillis(500));
        engine.turns(2);
        assertThat(engine.refused)
                .singleElement()
                .extracting(Refused::getCode)
                .isEqualTo(RefusalCode.NEVER_FITS);
    }

    @Test
    void shouldKeepLogprobsThatAnotherEngineDrew() {
        LoopHarness engine = LoopHarness.greeted();
        TokenLogprobs drawn = TokenLogprobs.newBuilder().setLogprob(-0.5f).build();
        Submit.Builder rest = request("rest", 9, 10).addGeneratedTokenIds(3);
        rest.addGeneratedLogprobs(drawn).getSamplingBuilder().setLogprobs(0);
        SequenceKey key = engine.submit(rest);
        engine.runUntilFinished(key);
        engine.tokenEvents.clear();
        engine.attach(key, 0);
        engine.turns(1);
        assertThat(engine.tokenEvents.get(0).getLogprobsCount()).isEqualTo(10);
        assertThat(engine.tokenEvents.get(0).getLogprobs(0)).isEqualTo(drawn);
    }

    /** Steps of no duration: the first token and the last go at once, those between together. */
    @Test
    void shouldPutTheTokensOfShortStepsIntoOneMessage() {
        LoopOptions pausing = LoopOptions.defaults(true).withTokenPause(Duration.ofMillis(2));
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").loop(pausing));
        engine.submit("r", 3, 6);
        engine.turns(20);
        assertThat(engine.tokenEvents)
                .extracting(TokenEvent::getTokenIdsCount)
                .containsExactly(1, 5);
        assertThat(engine.tokenEvents.get(1).getOffset()).isEqualTo(1);
        assertThat(engine.tokenEvents.get(1).getFinish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void shouldNotLetTokensWaitLongerThanThePause() {
        LoopOptions pausing = LoopOptions.defaults(true).withTokenPause(Duration.ofMillis(2));
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").loop(pausing));
        engine.submit("r", 3, 8);
        engine.turns(4);
        assertThat(engine.tokenEvents).hasSize(1);
        engine.clock.advance(Duration.ofMillis(2));
        engine.turns(1);
        assertThat(engine.tokenEvents).hasSize(2);
        assertThat(engine.tokenEvents.get(1).getFinish()).isEqualTo(FinishReason.NOT_FINISHED);
    }

    @Test
    void shouldPutAStepsTokensIntoOneMessage() {
        LoopHarness engine = LoopHarness.greeted(PLAIN);
        for (int i = 0; i < 4; i++) {
            engine.submit("r" + i, 3, 8);
        }
        engine.turns(2);
        engine.messages.clear();
        engine.turns(1);
        assertThat(engine.messages).hasSize(1);
        assertThat(engine.messages.get(0).getEventsCount()).isEqualTo(4);
    }

    @Test
    void shouldSwitchRolesWithoutDroppingWhatItHolds() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey key = engine.submit("r", 5, 30);
        engine.turns(3);
        engine.command(
                LANES,
                EngineCommand.newBuilder().setSetRole(SetRole.newBuilder().setRole(Role.PREFILL)));
        engine.runUntilFinished(key);
        assertThat(engine.statusNow().getRole()).isEqualTo(Role.PREFILL);
    }

    @Test
    void shouldTakeOtherLimitsWithoutDroppingWhatItHolds() {
        LoopHarness engine = LoopHarness.greeted();
        SequenceKey key = engine.submit("r", 5, 30);
        engine.turns(3);
        engine.command(LANES, limits(12));
        engine.turns(1);
        assertThat(engine.statusNow().getMaxNumBatchedTokens()).isEqualTo(12);
        engine.command(LANES, limits(17));
        engine.runUntilFinished(key);
        assertThat(engine.statusNow().getMaxNumBatchedTokens())
                .as("17 is more than the runner can compute")
                .isEqualTo(12);
    }

    private static EngineCommand.Builder limits(int budget) {
        BatchLimits limits =
                BatchLimits.newBuilder()
                        .setMaxNumBatchedTokens(budget)
                        .setChunkedPrefill(true)
                        .setMaxPrefills(1)
                        .build();
        return EngineCommand.newBuilder()
                .setSetLimits(SetLimits.newBuilder().setPrefill(limits).setDecode(limits));
    }

    @Test
    void shouldEchoTheHighestDispatchOfEachCell() {
        LoopHarness engine = LoopHarness.greeted();
        engine.submit(request("a", 5, 5).setCell(1).setSeq(9));
        engine.submit(request("b", 5, 5).setCell(1).setSeq(4));
        engine.submit(request("c", 200, 5).setCell(2).setSeq(3));
        engine.turns(2);
        EngineStatus status = engine.statusNow();
        assertThat(status.getAppliedSeqMap()).containsEntry(1, 9L).containsEntry(2, 3L);
    }

    @Test
    void shouldTellHowLongItTook() {
        LoopHarness engine = LoopHarness.greeted(PLAIN);
        SequenceKey key = engine.submit("r", 5, 3);
        engine.runUntilFinished(key);
        assertThat(engine.tokenEvents.stream().map(TokenEvent::hasTimings))
                .containsExactly(true, false, true);
    }
}
