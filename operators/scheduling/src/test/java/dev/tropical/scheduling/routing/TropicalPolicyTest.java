package dev.tropical.scheduling.routing;

import static dev.tropical.scheduling.routing.TropicalCell.COST;
import static dev.tropical.scheduling.routing.TropicalCell.MS;
import static dev.tropical.scheduling.routing.TropicalCell.NOTHING;
import static dev.tropical.scheduling.routing.TropicalCell.request;
import static dev.tropical.scheduling.routing.TropicalCell.slo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.scheduling.routing.RouteDecision.Dispatch;
import dev.tropical.scheduling.routing.TropicalOptions.PrefillAdmission;
import org.junit.jupiter.api.Test;

class TropicalPolicyTest {
    private static final RouteDecision HOLD = RouteDecision.Hold.UNTIL_EVENT;

    private final TropicalCell cell = new TropicalCell();
    private TropicalOptions options = TropicalOptions.DEFAULT;

    private RouteDecision decide(QueuedRequest request) {
        return decideAt(0, request);
    }

    private RouteDecision decideAt(long nowMs, QueuedRequest request) {
        return new TropicalPolicy(options).decide(request, cell.view, nowMs * MS);
    }

    private static RouteDecision prefillOn(String id, String rule) {
        return new Dispatch(id, DecodePlacement.DECODE_PEER_OR_HERE, rule);
    }

    private static RouteDecision multiplexedOn(String id) {
        return new Dispatch(id, DecodePlacement.DECODE_HERE, "multiplexed");
    }

    // ---- rule 1

    @Test
    void shouldSendToAnIdlePrefillEngineThoughItDecodes() {
        cell.busy("p1", 10);
        cell.prefill("p2", status -> status.setRunningDecodes(3).setExecutingTokens(500));
        cell.decode("d", NOTHING);
        assertThat(decide(request("r", 90, 500))).isEqualTo(prefillOn("p2", "idle"));
    }

    @Test
    void shouldTakeTheIdleEngineWithTheFewestExecutingTokens() {
        cell.prefill("p1", status -> status.setExecutingTokens(30));
        cell.prefill("p2", status -> status.setExecutingTokens(20));
        cell.prefill("p3", status -> status.setExecutingTokens(20));
        cell.decode("d", NOTHING);
        assertThat(decide(request("r", 90, 500))).isEqualTo(prefillOn("p2", "idle"));
    }

    @Test
    void shouldNotCountAnEngineAsIdleWhoseQueueOrMailHoldsAPrompt() {
        cell.prefill("p1", status -> status.setWaiting(1));
        cell.prefill("p2", NOTHING);
        cell.view.onDispatch("p2", 1, request("earlier", 10, 500), 0);
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldCallAnEngineIdleAgainWhenItsStatusEchoesTheDispatch() {
        cell.prefill("p", NOTHING);
        cell.decode("d", status -> status.setReady(false));
        cell.view.onDispatch("p", 7, request("earlier", 10, 500), 0);
        cell.prefill("p", status -> status.putAppliedSeq(Cells.CELL, 6));
        assertThat(decide(request("r", 90, 500))).as("6 is not 7").isEqualTo(HOLD);
        cell.prefill("p", status -> status.putAppliedSeq(Cells.CELL, 7));
        assertThat(decide(request("r", 90, 500))).isInstanceOf(Dispatch.class);
    }

    @Test
    void shouldCallAnEngineIdleAgainTwoSecondsAfterADispatchThatWasLost() {
        cell.prefill("p", NOTHING);
        cell.view.onDispatch("p", 7, request("earlier", 10, 500), 0);
        cell.status("p", Role.PREFILL, 1_900 * MS, NOTHING);
        cell.view.expireCredits(1_999 * MS);
        assertThat(decideAt(1_999, request("r", 90, 500))).isEqualTo(HOLD);
        cell.view.expireCredits(2_000 * MS);
        assertThat(decideAt(2_000, request("r", 90, 500))).isInstanceOf(Dispatch.class);
    }

    @Test
    void shouldPassOverAnIdleEngineWithoutBlocksForThePrompt() {
        cell.view.onJoined(Cells.info("p", Role.PREFILL).toBuilder().setBlockSize(16).build());
        // 90 tokens and the next are 6 blocks of 16.
        cell.prefill("p", status -> status.setBlocksFree(5));
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
        cell.prefill("p", status -> status.setBlocksFree(6));
        assertThat(decide(request("r", 90, 500))).isInstanceOf(Dispatch.class);
        // 100 blocks never hold 1700 tokens: the engine refuses that with the right error.
        assertThat(decide(request("r", 1_700, 500))).isInstanceOf(Dispatch.class);
    }

    // ---- rule 2

    @Test
    void shouldSendBehindARunningPrefillWhileTheDeadlineHolds() {
        cell.decode("d", status -> status.setReady(false));
        // Running until 300 ms, own 90 tokens 100 ms: the end is 400 ms.
        cell.busy("p", 300);
        assertThat(decide(request("r", 90, 401)))
                .isEqualTo(new Dispatch("p", DecodePlacement.DECODE_HERE, "fits"));
        assertThat(decide(request("r", 90, 400))).isEqualTo(HOLD);
    }

    @Test
    void shouldAgeThePredictedEndOfTheRunningPrefill() {
        cell.busy("p", 300);
        // The status is 120 ms old: 180 ms are left, and the end stays at 400 ms.
        assertThat(decideAt(120, request("r", 90, 401))).isInstanceOf(Dispatch.class);
        // At 350 ms the prefill is overdue and counts as done now: the end is 450 ms.
        assertThat(decideAt(350, request("r", 90, 440))).isEqualTo(HOLD);
        assertThat(decideAt(350, request("r", 90, 451))).isInstanceOf(Dispatch.class);
    }

    @Test
    void shouldNotSendBehindAWaitingPrompt() {
        cell.prefill(
                "p",
                status ->
                        status.setRunningPrefills(1)
                                .setWaiting(1)
                                .setPredictedPrefillEndNs(10 * MS));
        assertThat(decide(request("r", 90, 5_000))).isEqualTo(HOLD);
        cell.busy("p", 10);
        cell.view.onDispatch("p", 1, request("earlier", 10, 500), 0);
        assertThat(decide(request("r", 90, 5_000))).as("nor behind a sent one").isEqualTo(HOLD);
    }

    @Test
    void shouldNotPredictByACostThatNobodyMeasured() {
        cell.prefill("p", status -> status.setRunningPrefills(1).clearCost());
        cell.decode("d", status -> TropicalCell.resident(status, 5_000).clearCost());
        assertThat(decide(request("r", 90, 5_000))).isEqualTo(HOLD);
        options = options.with(COST);
        assertThat(decide(request("r", 90, 5_000))).isEqualTo(prefillOn("p", "fits"));
    }

    @Test
    void shouldSimulateTheWholeQueueUnderStrictAdmission() {
        options = options.with(PrefillAdmission.STRICT);
        QueuedRequest running = request("running", 290, 330);
        // 250 ms are left of the running one, due at 330; the newcomer takes 60 ms: it goes first
        // in the simulation, and the running one then starts at 1.02 x 60 and ends at 311.2 ms.
        assertThat(admits(running, 250, 50, 400)).isTrue();
        // 80 ms of newcomer push its end to 81.6 + 250 = 331.6 ms.
        assertThat(admits(running, 250, 70, 400)).isFalse();
        // A longer newcomer is behind it: 1.02 x 250 + 260 = 515 ms.
        assertThat(admits(running, 250, 250, 516)).isTrue();
        assertThat(admits(running, 250, 250, 515)).isFalse();
    }

    private boolean admits(QueuedRequest running, long restMs, int tokens, long ttftMs) {
        TropicalCell busy = new TropicalCell();
        busy.prefill("p", NOTHING);
        busy.view.onDispatch("p", 1, running, 0);
        busy.prefill(
                "p",
                status ->
                        status.setRunningPrefills(1)
                                .setPredictedPrefillEndNs(restMs * MS)
                                .putAppliedSeq(Cells.CELL, 1));
        return new TropicalPolicy(options).decide(request("r", tokens, ttftMs), busy.view, 0)
                instanceof Dispatch;
    }

    // ---- missing roles

    @Test
    void shouldDecodeOnThePrefillEngineWhereThereIsNoDecodeEngine() {
        cell.prefill("p", NOTHING);
        assertThat(decide(request("r", 90, 500)))
                .isEqualTo(new Dispatch("p", DecodePlacement.DECODE_HERE, "idle"));
    }

    @Test
    void shouldMultiplexPromptsOfAnyLengthWhereThereIsNoPrefillEngine() {
        cell.decode("d", NOTHING);
        assertThat(decide(request("r", 9_000, 500))).isEqualTo(multiplexedOn("d"));
        cell.busy("p", 900);
        assertThat(decide(request("r", 9_000, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldHoldWhileNoEngineIsReady() {
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
        cell.prefill("p", NOTHING);
        assertThat(decideAt(1_001, request("r", 90, 500))).as("silent for 1 s").isEqualTo(HOLD);
    }

    // ---- objectives, order, time-out

    @Test
    void shouldGiveRequestsWithoutObjectivesFiveTimesTheirOwnPrefill() {
        TropicalPolicy policy = new TropicalPolicy(options);
        QueuedRequest bare = request("r", 90, Slo.getDefaultInstance());
        assertThat(policy.prepare(bare, cell.view).slo())
                .as("no engine is known yet")
                .isEqualTo(slo(5_000, 100));
        cell.busy("p", 300);
        // 5 x (10 ms + 90 x 1 ms)
        assertThat(policy.prepare(bare, cell.view).slo()).isEqualTo(slo(500, 100));
        Slo given = slo(7, 8);
        assertThat(policy.prepare(request("r", 90, given), cell.view).slo()).isEqualTo(given);
        TropicalOptions.Objectives slow = new TropicalOptions.Objectives(5, 200 * MS, 100 * MS);
        TropicalPolicy floored = new TropicalPolicy(options.with(slow));
        assertThat(floored.prepare(bare, cell.view).slo())
                .as("5 x the shortest step of 200 ms")
                .isEqualTo(slo(1_000, 100));
    }

    @Test
    void shouldOrderByPrefillAndGiveUpAfterTwiceTheObjectiveButNotWithinTenSeconds() {
        TropicalPolicy policy = new TropicalPolicy(options);
        assertThat(policy.order().compare(request("long", 91, 1), request("short", 90, 9)))
                .isPositive();
        assertThat(policy.timeoutAtNs(request("r", 90, 4_000))).isEqualTo(10_000 * MS);
        assertThat(policy.timeoutAtNs(request("r", 90, 6_000))).isEqualTo(12_000 * MS);
        TropicalPolicy hasty = new TropicalPolicy(options.with(new QueueTimeout(3_000 * MS)));
        assertThat(hasty.timeoutAtNs(request("r", 90, 1_000))).isEqualTo(3_000 * MS);
    }
}
