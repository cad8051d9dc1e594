package dev.tropical.flink.dispatch;

import static dev.tropical.flink.dispatch.Rig.request;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the router rejects after a replay, while the request runs or may be running. */
class LaneRejectionsTest {

    @Test
    void shouldNotEndRunningRequestThatTheRouterRejectsAsTooOld() {
        Rig rig = Rig.with("abc", "d1");
        rig.dispatch(request("r", 3).build(), "d1");
        rig.step();
        rig.error("r", "queue_timeout", true); // of its replay
        rig.step();
        rig.step();
        assertThat(rig.text("r", 0)).isEqualTo("abc");
        assertThat(rig.finishes("r")).containsExactly("length");
    }

    @Test
    void shouldEndAwaitedAttemptThatTheRouterRejects() {
        Rig rig = Rig.with("abc", "d1");
        rig.dispatch(request("r", 3).build(), "d1");
        rig.lanes.onLost("d1", "gone");
        rig.error("r", "queue_timeout", true); // of its replay: the retry goes on
        assertThat(rig.endings("r")).isEmpty();
        rig.error("r", "queue_timeout", 1);
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("queue_timeout"));
    }

    @Test
    void shouldNotEndWhatAnEngineRunsWhenTheRouterRejectsItsReplayFirst() {
        Rig rig = Rig.with("abc", "d1");
        rig.dispatch(request("r", 3).build(), "d1");
        rig.step();
        rig.restart(new Emitted()); // with nothing in its state
        rig.error("r", "queue_timeout", true);
        rig.settle();
        rig.step();
        rig.step();
        assertThat(rig.finishes("r")).containsExactly("length");
        assertThat(rig.text("r", 0)).isEqualTo("a" + "abc");
    }

    @Test
    void shouldEndRejectedRequestOnceTheEnginesHaveAnsweredThatNoneHoldsIt() {
        Rig rig = Rig.with("abc", "d1");
        rig.restart(new Emitted());
        rig.error("r", "queue_timeout", true);
        rig.snapshot(1);
        assertThat(rig.records).isEmpty();
        rig.restart(new Emitted()); // the router knows nothing of it any more
        rig.settle();
        assertThat(rig.endings("r"))
                .singleElement()
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("queue_timeout"));
        rig.snapshot(2);
        assertThat(rig.state).isEmpty();
        assertThat(rig.isEndedInState("r")).isTrue();
    }
}
