package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CellDepth;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GateStateTest {
    private static final long OLD_WORD_NS = 100;

    /** When records pass, and when cells know of all of them. */
    private static final long PASSING_MS = 1_000;

    private static final long LATER_MS = 5_000;

    private final GateState state = new GateState(OLD_WORD_NS);

    @Test
    void shouldStayClosedUntilTheTopicIsRead() {
        state.accept(new CellDepth(0, 1, 4, true), LATER_MS, 0);
        assertThat(state.opened()).isNotDone();
        state.caughtUp(1);
        assertThat(state.opened()).isDone();
    }

    @Test
    void shouldBeClosedWhileAnyCellIs() {
        state.caughtUp(0);
        state.accept(new CellDepth(0, 9, 36, false), LATER_MS, 1);
        state.accept(new CellDepth(1, 9, 36, false), LATER_MS, 2);
        state.accept(new CellDepth(0, 4, 16, true), LATER_MS, 3);
        assertThat(state.opened()).isNotDone();
        state.accept(new CellDepth(1, 4, 16, true), LATER_MS, 4);
        assertThat(state.opened()).isDone();
    }

    @Test
    void shouldCompleteTheFutureThatWasHandedOutWhileClosed() {
        state.caughtUp(0);
        state.accept(new CellDepth(0, 9, 36, false), LATER_MS, 1);
        CompletableFuture<Void> waiting = state.opened();
        state.accept(new CellDepth(0, 4, 16, true), LATER_MS, 2);
        assertThat(waiting).isDone();
    }

    @Test
    void shouldLetNoMoreThroughThanEachCellHasRoomForUntilItSpeaksAgain() {
        state.caughtUp(0);
        state.accept(new CellDepth(0, CellDepth.MAX_REQUESTS - 3, 4, true), LATER_MS, 1);
        state.accept(new CellDepth(1, CellDepth.MAX_REQUESTS - 2, 4, true), LATER_MS, 2);
        pass(2);
        CompletableFuture<Void> waiting = state.opened();
        assertThat(waiting).isNotDone();
        state.update(1_000_000);
        assertThat(waiting).isNotDone();
        state.accept(new CellDepth(1, 0, 0, true), LATER_MS, 1_000_001);
        assertThat(waiting).isDone();
        pass(1);
        assertThat(state.opened()).as("the other cell's room").isNotDone();
    }

    @Test
    void shouldReckonWithWhatACellCouldNotKnowOfYet() {
        state.caughtUp(0);
        state.accept(new CellDepth(0, CellDepth.MAX_REQUESTS - 4, 4, true), 0, 1);
        pass(3);
        state.accept(new CellDepth(0, CellDepth.MAX_REQUESTS - 4, 4, true), PASSING_MS, 2);
        pass(1);
        assertThat(state.opened()).as("three were on their way").isNotDone();
        state.accept(new CellDepth(0, CellDepth.MAX_REQUESTS - 4, 4, true), LATER_MS, 3);
        assertThat(state.opened()).as("they have come").isDone();
    }

    @Test
    void shouldLetOneQueueThroughBeforeAnyCellSpeaks() {
        state.accept(new CellDepth(7, 1, 4, true), LATER_MS, 0); // of another job, maybe
        state.caughtUp(1);
        pass(CellDepth.MAX_REQUESTS - 1);
        assertThat(state.opened()).isDone();
        pass(1);
        assertThat(state.opened()).isNotDone();
        state.accept(new CellDepth(0, 9, 36, true), LATER_MS, 2);
        assertThat(state.opened()).isDone();
    }

    @Test
    void shouldLetGoForGoodWhoeverWaitsAtABrokenGate() {
        state.broken();
        pass(CellDepth.MAX_REQUESTS);
        state.caughtUp(1);
        assertThat(state.opened()).isDone();
    }

    private void pass(int records) {
        for (int i = 0; i < records; i++) {
            state.passed(PASSING_MS);
        }
    }

    @Test
    void shouldBelieveWhatACellSaidBeforeTheStartForAWhile() {
        state.accept(new CellDepth(0, 9, 36, false), LATER_MS, 5);
        state.caughtUp(10);
        assertThat(state.opened()).isNotDone();
        state.update(104);
        assertThat(state.opened()).isNotDone();
        state.update(105);
        assertThat(state.opened()).isDone();
    }

    @Test
    void shouldBelieveWhatACellSaysNowUntilItSaysOtherwise() {
        state.accept(new CellDepth(0, 9, 36, false), LATER_MS, 5);
        state.caughtUp(10);
        state.accept(new CellDepth(0, 8, 32, false), LATER_MS, 20);
        state.update(1_000_000);
        assertThat(state.opened()).isNotDone();
        state.accept(new CellDepth(0, 4, 16, true), LATER_MS, 1_000_001);
        assertThat(state.opened()).isDone();
    }
}
