package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.key;
import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import org.junit.jupiter.api.Test;

/** Events lost, repeated, reordered and late; engines lost and back. */
class LaneFaultsTest {

    @Test
    void shouldCutRepeatedTokens() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 9).build(), "d1");
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "ab").build());
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "ab").build());
        rig.deliver("d1", LaneTableTest.tokens("r", 1, "bc").build());
        assertThat(rig.text("r", 0)).isEqualTo("abc");
        assertThat(rig.chunks().get(1).tokens().offset()).isEqualTo(2);
    }

    @Test
    void shouldAskOnceForTokensBehindGap() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.engine("d1").step();
        rig.engine("d1").outbox.clear(); // lost on the way
        rig.engine("d1").step();
        rig.engine("d1").step();
        rig.deliver();
        assertThat(rig.text("r", 0)).isEqualTo("abc");
        assertThat(rig.commands.stream().filter(EngineCommand::hasAttach)).hasSize(1);
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
    }

    @Test
    void shouldFindLostLastTokenByItself() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.engine("d1").step();
        rig.engine("d1").outbox.clear();
        rig.clock.advance(Nudger.QUIET_MS);
        rig.lanes.tick();
        rig.deliver();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldRetryWhenSubmitWasLost() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.engine("d1").refuse(key("r", 0, 0), 0, RefusalCode.QUEUE_FULL);
        rig.engine("d1").outbox.clear(); // forgotten by the engine, and nobody was told
        rig.clock.advance(Nudger.QUIET_MS);
        rig.lanes.tick();
        rig.deliver();
        assertThat(rig.retries).singleElement().extracting(Retry::getAttempt).isEqualTo(1);
    }

    @Test
    void shouldFollowMoveToDecodeEngine() {
        Rig rig = Rig.with("abcd", "p1", "d1");
        rig.dispatch(request("r", 4).build(), "p1");
        rig.step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.deliver();
        rig.step();
        rig.lanes.onLost("p1", "gone");
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.retries).isEmpty();
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldTakeDecodeEnginesTokenThatOvertakesTheMove() {
        Rig rig = Rig.with("abcd", "p1", "d1");
        rig.dispatch(request("r", 4).build(), "p1");
        rig.step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        EngineEvent moved = rig.engine("p1").outbox.remove();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        rig.deliver("p1", moved);
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldGetFirstTokenFromDecodeEngineWhenPrefillEnginesWasLost() {
        Rig rig = Rig.with("abcd", "p1", "d1");
        rig.dispatch(request("r", 4).build(), "p1");
        rig.engine("p1").step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.engine("p1").outbox.clear();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
    }

    @Test
    void shouldFindNewHolderByPrefillEnginesTombstone() {
        Rig rig = Rig.with("ab", "p1", "d1");
        rig.dispatch(request("r", 2).build(), "p1");
        rig.step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.engine("p1").outbox.clear();
        rig.engine("d1").step();
        rig.engine("d1").outbox.clear(); // neither the move nor the last token arrives
        rig.clock.advance(Nudger.QUIET_MS);
        rig.lanes.tick();
        rig.deliver();
        rig.clock.advance(Nudger.QUIET_MS);
        rig.lanes.tick();
        rig.deliver();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldGoOnElsewhereWhenEachEngineSaysThatTheOtherHoldsIt() {
        Rig rig = Rig.with("abcd", "p1", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "p1");
        rig.step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.engine("d1").move(key("r", 0, 0), rig.engine("p1"));
        rig.engine("p1").forget(key("r", 0, 0));
        for (int i = 0; i <= EngineEventHandler.MAX_MOVES_UNHEARD; i++) {
            rig.deliver();
            rig.clock.advance(Nudger.QUIET_MS);
            rig.lanes.tick();
        }
        assertThat(rig.retries).singleElement().extracting(Retry::getAttempt).isEqualTo(1);
        rig.dispatch(rig.retries.get(0), "d2");
        for (int i = 1; i < 4; i++) {
            rig.step();
        }
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldGoOnElsewhereFromTheLastToken() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.step();
        rig.engine("d1").crash();
        rig.lanes.onLost("d1", "no status for 1000 ms");
        Retry retry = rig.retries.get(0);
        assertThat(retry.getAttempt()).isEqualTo(1);
        assertThat(retry.getLostEngineId()).isEqualTo("d1");
        assertThat(retry.getProgress(0).getGeneratedTokenIdsList()).containsExactly(0, 1);
        assertThat(retry.getFirstTokenAtMs()).isEqualTo(rig.clock.getAsLong());
        rig.clock.advance(40);
        rig.dispatch(retry, "d2");
        Submit submit = rig.commands.get(rig.commands.size() - 1).getSubmit();
        assertThat(submit.getGeneratedTokenIdsList()).containsExactly(0, 1);
        assertThat(submit.getFirstTokenAgeNs()).isEqualTo(40_000_000);
        assertThat(submit.getKey().getAttempt()).isEqualTo(1);
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldRunOnlyUnfinishedChoicesAgain() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).setN(2).build(), "d1");
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "ab").setFinish(FinishReason.STOP).build());
        rig.lanes.onLost("d1", "gone");
        rig.dispatch(rig.retries.get(0), "d2");
        assertThat(rig.engine("d2").holds()).containsExactly(key("r", 1, 1));
        assertThat(rig.retries.get(0).getProgress(0).getFinished()).isTrue();
    }

    @Test
    void shouldFailRequestThatLostThreeEngines() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        for (int attempt = 1; attempt <= 2; attempt++) {
            rig.deliver();
            rig.engine("d1").crash();
            rig.lanes.onLost("d1", "gone");
            rig.lanes.onUp("d1");
            rig.deliver();
            rig.dispatch(rig.retries.get(attempt - 1), "d1");
        }
        rig.deliver();
        rig.lanes.onLost("d1", "gone");
        assertThat(rig.retries).hasSize(2);
        assertThat(rig.finishes("r")).containsExactly("error");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    /** Whatever ended the engines, it was not a sequence that only waited there. */
    @Test
    void shouldBearMoreLossesOfEnginesAtWhichItWaited() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        for (int loss = 1; loss < LaneActions.MAX_OTHER_LOSSES; loss++) {
            rig.engine("d1").crash(); // before it says that it has begun
            rig.lanes.onLost("d1", "gone");
            assertThat(rig.retries).hasSize(loss);
            assertThat(rig.retries.get(loss - 1).getLostAttemptsList()).isEmpty();
            rig.lanes.onUp("d1");
            rig.deliver();
            rig.dispatch(rig.retries.get(loss - 1), "d1");
        }
        rig.engine("d1").crash();
        rig.lanes.onLost("d1", "gone");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    /** What has its prompt's token from a prefill engine only waits there. */
    @Test
    void shouldBearMoreLossesOfPrefillEnginesThatHadDoneTheirPart() {
        Rig rig = Rig.with("abcdefghij", "p1");
        rig.placement = DecodePlacement.DECODE_PEER;
        rig.dispatch(request("r", 10).build(), "p1");
        for (int loss = 0; loss < LaneActions.MAX_LOSSES + 1; loss++) {
            rig.step();
            rig.engine("p1").crash();
            rig.lanes.onLost("p1", "gone");
            assertThat(rig.retries).hasSize(loss + 1);
            assertThat(rig.retries.get(loss).getLostAttemptsList()).isEmpty();
            rig.lanes.onUp("p1");
            rig.deliver();
            rig.dispatch(rig.retries.get(loss), "p1");
        }
        assertThat(rig.endings("r")).isEmpty();
    }

    /** What ends an engine does so again at the same place: whoever gets on is not it. */
    @Test
    void shouldBearMoreLossesOfEnginesThatBroughtTokens() {
        String text = "abcdefghij";
        Rig rig = Rig.with(text, "d1");
        rig.dispatch(request("r", text.length()).build(), "d1");
        for (int loss = 0; loss < LaneActions.MAX_LOSSES + 1; loss++) {
            rig.step();
            rig.step();
            rig.engine("d1").crash();
            rig.lanes.onLost("d1", "gone");
            rig.lanes.onUp("d1");
            rig.deliver();
            rig.dispatch(rig.retries.get(loss), "d1");
        }
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo(text);
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldNotCountSilencesOfEnginesThatStillHoldTheSequence() {
        Rig rig = Rig.with("abcdef", "d1");
        rig.dispatch(request("r", 6).build(), "d1");
        for (int silence = 0; silence < LaneActions.MAX_LOSSES + 1; silence++) {
            rig.step();
            rig.silence("d1");
            rig.bringBack("d1");
            rig.dispatch(rig.retries.get(silence), "d1");
        }
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcdef");
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldCountWhatEnginesThatLiveEndThemselves() {
        Rig rig = Rig.with("abcdef", "d1");
        rig.dispatch(request("r", 6).build(), "d1");
        for (int loss = 0; loss < LaneActions.MAX_LOSSES; loss++) {
            rig.deliver("d1", failed(loss));
            rig.silence("d1");
            rig.bringBack("d1");
            rig.retries.forEach(retry -> rig.dispatch(retry, "d1"));
        }
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    private static EngineEvent failed(int attempt) {
        EngineEvent.Builder event = LaneTableTest.tokens("r", 0, "").build().toBuilder();
        event.getTokensBuilder().setKey(key("r", 0, attempt)).setFinish(FinishReason.FAILED);
        return event.build();
    }

    /** They move it when they go on: neither lists it, as each is asked when the other has it. */
    @Test
    void shouldNotCountSilencesOfEnginesThatMoveTheSequenceOnTheirReturn() {
        Rig rig = Rig.with("abcdef", "p1", "d1");
        rig.dispatch(request("r", 6).build(), "p1");
        for (int silence = 0; silence < LaneActions.MAX_LOSSES + 1; silence++) {
            rig.step();
            rig.silence("d1");
            rig.silence("p1");
            rig.bringBack("d1"); // with nothing
            SequenceKey key = key("r", 0, silence);
            rig.engine("p1").move(key, rig.engine("d1"));
            rig.bringBack("p1"); // with nothing any more
            rig.engine("d1").step();
            rig.deliver();
            assertThat(rig.engine("d1").holds()).isEmpty();
            rig.dispatch(rig.retries.get(silence), "p1");
        }
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcdef");
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldNotCountTheSilenceOfAnEngineThatGivesTheSequenceUpOnItsReturn() {
        Rig rig = Rig.with("abcdef", "p1");
        rig.dispatch(request("r", 6).build(), "p1");
        for (int silence = 0; silence < LaneActions.MAX_LOSSES + 1; silence++) {
            rig.silence("p1");
            rig.engine("p1").forget(key("r", 0, silence));
            rig.bringBack("p1");
            rig.dispatch(rig.retries.get(silence), "p1");
        }
        for (int i = 0; i < 6; i++) {
            rig.step();
        }
        assertThat(rig.text("r", 0)).isEqualTo("abcdef");
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldCountTheLossOfAnEngineThatComesBackEmpty() {
        Rig rig = Rig.with("abcdef", "d1");
        rig.dispatch(request("r", 6).build(), "d1");
        for (int loss = 0; loss < LaneActions.MAX_LOSSES - 1; loss++) {
            rig.deliver();
            rig.silence("d1");
            rig.engine("d1").crash();
            rig.bringBack("d1");
            rig.lanes.onUp("d1"); // its new process is greeted once more
            rig.deliver();
            rig.dispatch(rig.retries.get(loss), "d1");
        }
        rig.deliver();
        rig.silence("d1");
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    @Test
    void shouldCountLossesOfARunThatTheLaneKnowsOnlyByItsRetry() {
        Rig rig = Rig.with("abcdef", "d1");
        rig.dispatch(request("r", 6).build(), "d1");
        rig.deliver();
        rig.silence("d1");
        rig.engine("d1").crash();
        rig.bringBack("d1");
        rig.dispatch(rig.retries.get(0), "d1");
        rig.deliver();
        rig.silence("d1");
        rig.engine("d1").crash();
        rig.restart(new Emitted()); // with nothing in its state
        rig.settle();
        rig.bringBack("d1");
        rig.dispatch(rig.retries.get(1), "d1");
        rig.deliver();
        rig.silence("d1");
        assertThat(rig.retries).hasSize(2);
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("engine_failed"));
    }

    @Test
    void shouldBindEachAttemptToOneEngine() {
        Rig rig = Rig.with("abcd", "d1", "d2", "d3");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.lanes.onLost("d1", "gone");
        Retry retry = rig.retries.get(0);
        rig.dispatch(retry, "d2");
        rig.dispatch(retry, "d3"); // the topic repeats it
        assertThat(rig.engine("d2").holds()).hasSize(1);
        assertThat(rig.engine("d3").holds()).isEmpty();
    }

    @Test
    void shouldAbortLostAttemptWhenItsEngineIsBack() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.lanes.onLost("d1", "frozen");
        rig.dispatch(rig.retries.get(0), "d2");
        rig.engine("d1").step(); // it goes on all the same
        rig.lanes.onUp("d1");
        rig.deliver();
        assertThat(rig.engine("d1").holds()).isEmpty();
        rig.step();
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldDropEventsOfAnotherEpoch() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "z").setEpoch(Rig.EPOCH - 1).build());
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "z").setEpoch(Rig.EPOCH + 1).build());
        assertThat(rig.records).isEmpty();
    }

    @Test
    void shouldGreetEngineAgainThatDoesNotKnowTheEpoch() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.engine("d1").crash(); // and came back unnoticed
        rig.dispatch(request("r", 4).build(), "d1");
        rig.deliver();
        assertThat(rig.retries).hasSize(1);
        rig.dispatch(rig.retries.get(0), "d1");
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("a");
    }

    @Test
    void shouldEndRequestThatIsCancelledBetweenTwoEngines() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.lanes.onLost("d1", "gone");
        rig.cancel("r");
        assertThat(rig.finishes("r")).containsExactly("cancelled");
        rig.dispatch(rig.retries.get(0), "d2");
        assertThat(rig.engine("d2").holds()).isEmpty();
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldEndWaitingRetryOnceWhenTheRouterCancelsIt() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.lanes.onLost("d1", "gone");
        rig.error("r", "cancelled", true);
        rig.cancel("r");
        assertThat(rig.finishes("r")).containsExactly("cancelled");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldSendDispatchElsewhereWhenItsEngineDoesNotComeUp() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "nowhere");
        rig.clock.advance(Nudger.ENGINE_DEADLINE_MS);
        rig.lanes.tick();
        assertThat(rig.retries).hasSize(1);
        rig.dispatch(rig.retries.get(0), "d1");
        rig.step();
        rig.step();
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldKeepStopStringAcrossTheSeam() {
        Rig rig = Rig.with("onetwothree", "d1", "d2");
        rig.dispatch(request("r", 11).addStop("two").build(), "d1");
        for (int i = 0; i < 4; i++) {
            rig.step(); // "onet": half of the stop string is held back
        }
        rig.lanes.onLost("d1", "gone");
        rig.dispatch(rig.retries.get(0), "d2");
        for (int i = 0; i < 4; i++) {
            rig.step();
        }
        assertThat(rig.text("r", 0)).isEqualTo("one");
        assertThat(rig.finishes("r")).containsExactly("stop");
    }
}
