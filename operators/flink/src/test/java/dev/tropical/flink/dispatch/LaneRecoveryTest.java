package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.key;
import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A new run of the lanes, from the last snapshot. */
class LaneRecoveryTest {

    @Test
    void shouldAdoptWhatEnginesHoldWithoutComputingAgain() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.snapshot(1);
        rig.step(); // readers have seen "ab", the snapshot knows "a"
        rig.restart(new Emitted());
        rig.commands.clear();
        rig.engine("d1").step();
        rig.settle();
        rig.step();
        assertThat(rig.commands).noneMatch(EngineCommand::hasSubmit);
        assertThat(rig.retries).isEmpty();
        assertThat(rig.text("r", 0)).isEqualTo("ab" + "bc" + "d");
        assertThat(rig.chunks().get(2).tokens().offset()).isEqualTo(1);
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldAdoptWhatTheRestoredStateDoesNotKnow() {
        Rig rig = Rig.with("onetwo", "d1", "d2");
        rig.snapshot(1);
        rig.dispatch(request("r", 6).addStop("tw").build(), "d1");
        rig.step();
        rig.restart(new Emitted());
        rig.settle();
        rig.dispatch(request("r", 6).addStop("tw").build(), "d2"); // the replay
        for (int i = 0; i < 6; i++) {
            rig.step();
        }
        assertThat(rig.engine("d2").holds()).isEmpty();
        assertThat(rig.finishes("r")).containsExactly("stop");
        assertThat(rig.text("r", 0)).isEqualTo("o" + "one");
    }

    @Test
    void shouldEndRequestsOfAModelThatIsNotServedAnyMore() {
        Rig rig = Rig.with("abcd", "d1");
        InFlight other =
                InFlight.newBuilder()
                        .setRequest(request("held", 4).setModel("digits").setEcho(true))
                        .setPhase(InFlightPhase.RUNNING)
                        .setEngineId("d1")
                        .build();
        rig.state.put("held", other);
        rig.restart(new Emitted());
        rig.settle();
        rig.dispatch(request("held", 4).setModel("digits").build(), "d1");
        rig.dispatch(request("queued", 4).setModel("digits").build(), "d1");
        for (String id : List.of("held", "queued")) {
            assertThat(rig.endings(id))
                    .singleElement()
                    .satisfies(e -> assertThat(e.error().code()).isEqualTo("model_not_found"));
        }
        rig.snapshot(1);
        assertThat(rig.state).isEmpty();
        assertThat(rig.isEndedInState("held") && rig.isEndedInState("queued")).isTrue();
    }

    @Test
    void shouldFinishChoicesThatOnlyReadersKnowWhenTheRequestIsCancelledInTheQueue() {
        Rig rig = Rig.with("abcd", "d1");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.step();
        Emitted emitted = new Emitted();
        rig.records.forEach(emitted::add);
        rig.engine("d1").crash();
        rig.restart(emitted); // with nothing in its state
        rig.settle();
        rig.error("r", "cancelled", true);
        assertThat(rig.finishes("r")).containsExactly("cancelled");
        assertThat(rig.chunks().get(2).tokens().offset()).isEqualTo(2);
        assertThat(rig.chunks().get(2).text().offset()).isEqualTo(2);
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldSayLogprobsThatOnlyTheSubmitKnows() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        AdmittedRequest.Builder request = request("r", 4);
        request.getSamplingBuilder().setLogprobs(0);
        rig.dispatch(request.build(), "d1");
        TokenLogprobs.Builder drawn = TokenLogprobs.newBuilder().setLogprob(-0.5f);
        rig.deliver("d1", LaneTableTest.tokens("r", 0, "a").addLogprobs(drawn).build());
        rig.silence("d1");
        rig.dispatch(rig.retries.get(0), "d2");
        rig.restart(new Emitted()); // with nothing in its state
        rig.records.clear();
        rig.settle();
        assertThat(rig.chunks().get(0).text().value()).isEqualTo("a");
        assertThat(rig.chunks().get(0).tokens().logprobs()[0].logprob()).isEqualTo(-0.5f);
    }

    @Test
    void shouldAdoptFinishedSequenceAndEndItsRequest() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.snapshot(1);
        rig.restart(new Emitted());
        rig.engine("d1").step();
        rig.engine("d1").step();
        rig.settle();
        assertThat(rig.text("r", 0)).isEqualTo("ab");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldRetryWhatNoEngineHoldsOnlyWhenAllHaveAnswered() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.snapshot(1);
        rig.restart(new Emitted());
        rig.engine("d1").crash();
        rig.lanes.onRegistry(rig.engines.keySet());
        rig.lanes.onUp("d1");
        rig.deliver();
        assertThat(rig.retries).isEmpty();
        rig.lanes.onUp("d2");
        rig.deliver();
        assertThat(rig.retries).singleElement().extracting(Retry::getAttempt).isEqualTo(1);
        assertThat(rig.retries.get(0).getProgress(0).getGeneratedTokenIdsList()).containsExactly(0);
    }

    @Test
    void shouldGoOnWithoutSilentEngineAfterTheDeadline() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.snapshot(1);
        rig.restart(new Emitted());
        rig.lanes.onRegistry(rig.engines.keySet());
        rig.lanes.onUp("d2");
        rig.deliver();
        rig.clock.advance(LaneTable.ANSWER_DEADLINE_MS - 1);
        rig.lanes.tick();
        assertThat(rig.lanes.isSettled()).isFalse();
        rig.clock.advance(1);
        rig.lanes.tick();
        assertThat(rig.lanes.isSettled()).isTrue();
        assertThat(rig.retries).hasSize(1);
    }

    @Test
    void shouldGoOnElsewhereWhenAnInventoryListsAChoiceAndTheOthersEngineStaysAway() {
        Rig rig = Rig.with("abcd", "p1", "d1", "d2", "d3");
        rig.dispatch(request("r", 4).setN(2).build(), "p1");
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.engine("p1").move(key("r", 1, 0), rig.engine("d2"));
        rig.restart(new Emitted()); // with nothing in its state
        rig.lanes.onRegistry(rig.engines.keySet());
        rig.lanes.onUp("d3");
        rig.deliver();
        rig.clock.advance(LaneTable.ANSWER_DEADLINE_MS);
        rig.lanes.tick();
        rig.dispatch(request("r", 4).setN(2).build(), "p1"); // the replay, to one that is not up
        rig.lanes.onUp("d1");
        rig.deliver();
        assertThat(rig.lanes.inFlight())
                .singleElement()
                .satisfies(r -> assertThat(r.phase()).isEqualTo(InFlightPhase.RUNNING));
        rig.clock.advance(Nudger.ENGINE_DEADLINE_MS);
        rig.lanes.tick(); // d2 never comes
        assertThat(rig.retries).hasSize(1);
        rig.dispatch(rig.retries.get(0), "d3");
        for (int i = 0; i < 4; i++) {
            rig.step();
        }
        assertThat(rig.finishes("r")).containsExactly("length", "length");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldGoOnWithoutRegistryAfterTheDeadline() {
        Rig rig = new Rig();
        rig.clock.advance(LaneTable.REGISTRY_DEADLINE_MS);
        rig.lanes.tick();
        assertThat(rig.lanes.isSettled()).isTrue();
    }

    @Test
    void shouldSubmitWhatArrivedDuringRecoveryOnceSettled() {
        Rig rig = Rig.with("ab", "d1", "d2");
        rig.restart(new Emitted());
        rig.dispatch(request("r", 2).build(), "d1");
        rig.lanes.onRegistry(rig.engines.keySet());
        rig.lanes.onUp("d1");
        rig.deliver();
        assertThat(rig.engine("d1").holds()).isEmpty();
        rig.lanes.onUp("d2");
        rig.deliver();
        assertThat(rig.engine("d1").holds()).containsExactly(key("r", 0, 0));
    }

    @Test
    void shouldNotSubmitWhatMovedBeforeTheRestart() {
        Rig rig = Rig.with("abcd", "p1", "d1");
        rig.snapshot(1);
        rig.dispatch(request("r", 4).build(), "p1");
        rig.step();
        rig.engine("p1").move(key("r", 0, 0), rig.engine("d1"));
        rig.restart(new Emitted());
        rig.dispatch(request("r", 4).build(), "p1"); // replayed before any inventory
        rig.settle();
        assertThat(rig.engine("p1").holds()).isEmpty();
        rig.step();
        rig.step();
        rig.step();
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldKeepEndedIdsOverRestart() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.step();
        rig.snapshot(1);
        rig.restart(new Emitted());
        rig.settle();
        rig.dispatch(request("r", 2).build(), "d1");
        assertThat(rig.endings("r")).hasSize(1);
        assertThat(rig.lanes.inFlightCount()).isZero();
    }

    @Test
    void shouldForgetEndedIdsAfterTheirTime() {
        Rig rig = Rig.with("ab", "d1");
        rig.error("r", "invalid_request", true);
        rig.snapshot(1);
        rig.restart(new Emitted());
        rig.settle();
        rig.clock.advance(Tombstones.KEPT_MS / 2);
        rig.dispatch(request("r", 2).build(), "d1");
        assertThat(rig.endings("r")).hasSize(1);
        rig.clock.advance(Tombstones.KEPT_MS / 2);
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.step();
        assertThat(rig.endings("r")).hasSize(2);
    }

    @Test
    void shouldHaveNoStateOfEndedRequest() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.step();
        rig.snapshot(1);
        assertThat(rig.state).containsOnlyKeys("r");
        rig.step();
        rig.snapshot(2);
        assertThat(rig.state).isEmpty();
    }

    @Test
    void shouldTakeWhatReadersHaveSeenAsGiven() {
        Rig rig = Rig.with("abcd", "d1", "d2");
        rig.dispatch(request("r", 4).build(), "d1");
        rig.step();
        rig.snapshot(1);
        rig.step();
        rig.step();
        Emitted emitted = new Emitted();
        rig.records.forEach(emitted::add);
        rig.engine("d1").crash(); // together with the operator
        rig.restart(emitted);
        rig.settle();
        Retry retry = rig.retries.get(0);
        assertThat(retry.getProgress(0).getGeneratedTokenIdsList()).containsExactly(0, 1, 2);
        rig.dispatch(retry, "d2");
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abcd");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldNotEndTwiceWhatReadersHaveSeenEnd() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.snapshot(1);
        rig.step();
        rig.cancel("r");
        Emitted emitted = new Emitted();
        rig.records.forEach(emitted::add);
        rig.restart(emitted);
        rig.settle();
        rig.cancel("r");
        rig.dispatch(request("r", 2).build(), "d1");
        assertThat(rig.retries).isEmpty();
        assertThat(rig.finishes("r")).containsExactly("cancelled");
        assertThat(rig.endings("r")).hasSize(1);
    }

    @Test
    void shouldWriteTheEndingThatReadersLack() {
        Rig rig = Rig.with("ab", "d1");
        rig.dispatch(request("r", 2).build(), "d1");
        rig.snapshot(1);
        rig.step();
        rig.step();
        Emitted emitted = new Emitted();
        rig.chunks().forEach(emitted::add);
        rig.records.removeIf(CompletionRecord.Ending.class::isInstance);
        rig.engine("d1").crash();
        rig.restart(emitted);
        rig.settle();
        assertThat(rig.finishes("r")).containsExactly("length");
        assertThat(rig.endings("r")).hasSize(1);
    }
}
