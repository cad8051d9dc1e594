package dev.tropical.scheduling.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.Role;
import org.junit.jupiter.api.Test;

class CellViewTest {
    private final CellView view = new CellView(Cells.CELL);

    private EngineView joined(String id) {
        view.onJoined(Cells.info(id, Role.PREFILL));
        return view.engine(id).orElseThrow();
    }

    private boolean status(String id, long number, long nowNs) {
        return view.onStatus(Cells.status(id, Role.PREFILL, number).build(), nowNs);
    }

    @Test
    void shouldListEnginesById() {
        joined("c");
        joined("a");
        joined("b");
        view.onRemoved("c");
        view.onRemoved("unknown");
        assertThat(view.engines()).extracting(EngineView::engineId).containsExactly("a", "b");
    }

    @Test
    void shouldTrustAnEngineFromItsFirstStatusUntilItHasMissedTwoHeartbeats() {
        EngineView engine = joined("a");
        assertThat(engine.isReady(0)).isFalse();
        status("a", 0, 5);
        assertThat(engine.isReady(5 + EngineView.SILENCE_NS)).isTrue();
        assertThat(engine.isReady(6 + EngineView.SILENCE_NS)).isFalse();
        assertThat(engine.statusAgeNs(9)).isEqualTo(4);
    }

    @Test
    void shouldNotTrustAStalledEngine() {
        EngineView engine = joined("a");
        view.onStatus(
                Cells.status("a", Role.PREFILL, 1).setProgressAgeNs(11 * Cells.SECOND).build(), 0);
        assertThat(engine.isReady(0)).isFalse();
        view.onStatus(
                Cells.status("a", Role.PREFILL, 2)
                        .setProgressAgeNs(11 * Cells.SECOND)
                        .setPredictedStepNs(3 * Cells.SECOND)
                        .build(),
                0);
        assertThat(engine.isReady(0)).as("15 s are allowed").isTrue();
    }

    @Test
    void shouldNotTrustALostEngineBeforeItsNextStatus() {
        EngineView engine = joined("a");
        status("a", 1, 0);
        view.onLost("a");
        assertThat(engine.isReady(0)).isFalse();
        assertThat(status("a", 1, 0)).as("an old one").isFalse();
        assertThat(engine.isReady(0)).isFalse();
        status("a", 2, 0);
        assertThat(engine.isReady(0)).isTrue();
    }

    @Test
    void shouldDropStatusesOfUnknownEnginesAndOtherIncarnations() {
        assertThat(status("a", 1, 0)).isFalse();
        joined("a");
        assertThat(
                        view.onStatus(
                                Cells.status("a", Role.PREFILL, 1).setIncarnation("old").build(),
                                0))
                .isFalse();
        assertThat(status("a", 1, 0)).isTrue();
    }

    @Test
    void shouldForgetAnEngineThatStartedAgainButNotOneThatIsRegisteredAgain() {
        EngineView engine = joined("a");
        status("a", 7, 0);
        view.onDispatch("a", 1, Cells.request("r", 10, 0), 0);
        assertThat(joined("a")).isSameAs(engine);
        assertThat(engine.executingTokens()).isEqualTo(10);
        view.onJoined(Cells.info("a", Role.PREFILL).toBuilder().setIncarnation("new").build());
        EngineView again = view.engine("a").orElseThrow();
        assertThat(again.executingTokens()).isZero();
        assertThat(again.isReady(0)).isFalse();
    }

    @Test
    void shouldCountADispatchUntilTheEngineEchoesIt() {
        EngineView engine = joined("a");
        view.onDispatch("a", 5, Cells.request("r", 10, 0), 0);
        view.onDispatch("a", 8, Cells.request("s", 20, 0), 0);
        assertThat(engine.unacknowledged()).isEqualTo(2);
        view.onStatus(
                Cells.status("a", Role.PREFILL, 1)
                        .setExecutingTokens(10)
                        .setWaiting(1)
                        .putAppliedSeq(Cells.CELL, 7)
                        .putAppliedSeq(Cells.CELL + 1, 99)
                        .build(),
                0);
        assertThat(engine.unacknowledged()).isEqualTo(1);
        assertThat(engine.executingTokens()).isEqualTo(10 + 20);
        assertThat(engine.waiting()).isEqualTo(2);
    }

    @Test
    void shouldLetADispatchLapseAfterTwoSeconds() {
        EngineView engine = joined("a");
        view.onDispatch("a", 5, Cells.request("r", 10, 0), 0);
        view.expireCredits(2 * Cells.SECOND - 1);
        assertThat(engine.unacknowledgedTokens()).isEqualTo(10);
        view.expireCredits(2 * Cells.SECOND);
        assertThat(engine.unacknowledgedTokens()).isZero();
        assertThat(engine.waiting()).isZero();
        assertThat(view.lapsedCredits()).isEqualTo(1);
    }
}
