package dev.tropical.scheduling.routing;

import static dev.tropical.scheduling.routing.TropicalCell.MS;
import static dev.tropical.scheduling.routing.TropicalCell.NOTHING;
import static dev.tropical.scheduling.routing.TropicalCell.request;
import static dev.tropical.scheduling.routing.TropicalCell.slo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Role;
import dev.tropical.scheduling.routing.TropicalOptions.StallTest;
import org.junit.jupiter.api.Test;

/** Rule 3, beside a prefill engine that is busy for longer than any deadline here. */
class MultiplexRuleTest {
    private static final RouteDecision HOLD = RouteDecision.Hold.UNTIL_EVENT;

    private final TropicalCell cell = new TropicalCell();
    private TropicalOptions options = TropicalOptions.DEFAULT;

    private RouteDecision decide(QueuedRequest request) {
        return decideAt(0, request);
    }

    private RouteDecision decideAt(long nowMs, QueuedRequest request) {
        cell.status(
                "p",
                Role.PREFILL,
                nowMs * MS,
                status -> status.setRunningPrefills(1).setPredictedPrefillEndNs(60_000 * MS));
        return new TropicalPolicy(options).decide(request, cell.view, nowMs * MS);
    }

    private static RouteDecision on(String id) {
        return new RouteDecision.Dispatch(id, DecodePlacement.DECODE_HERE, "multiplexed");
    }

    @Test
    void shouldMultiplexWhileEveryResidentKeepsOneTpotOfSlack() {
        // One mixed step: 10 ms, 90 x 1 ms of prompt, 1 ms for the decode beside it: 101 ms.
        cell.decoding("d", 101);
        assertThat(decide(request("r", 90, 500))).isEqualTo(on("d"));
        cell.decoding("d", 100);
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldCountTheMixedStepsThatTheBudgetCutsAPromptInto() {
        // 31 tokens a step of which one is the decode's: three steps of 10 + 30 + 1 ms are 123 ms.
        cell.decode("d", status -> TropicalCell.resident(status, 123).setMaxNumBatchedTokens(31));
        assertThat(decide(request("r", 90, 500))).isEqualTo(on("d"));
        cell.decode("d", status -> TropicalCell.resident(status, 122).setMaxNumBatchedTokens(31));
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldCountTheRestOfTheRunningStep() {
        cell.decode(
                "d", status -> TropicalCell.resident(status, 121).setPredictedStepEndNs(20 * MS));
        assertThat(decide(request("r", 90, 500))).as("20 + 101 ms").isEqualTo(on("d"));
        cell.decode(
                "d", status -> TropicalCell.resident(status, 121).setPredictedStepEndNs(21 * MS));
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldAgeTheSlackAndTheRunningStepAlike() {
        cell.decode(
                "d", status -> TropicalCell.resident(status, 151).setPredictedStepEndNs(30 * MS));
        // After 30 ms the step is over: 151 - 30 ms of slack for 101 ms.
        assertThat(decideAt(30, request("r", 90, 500))).isEqualTo(on("d"));
        // After 51 ms only 100 ms of slack are left.
        assertThat(decideAt(50, request("r", 90, 500))).isEqualTo(on("d"));
        assertThat(decideAt(51, request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldLeaveTheDecodesAndTheRunningStepOutOfThePublishedTest() {
        options = options.with(StallTest.WHOLE_PREFILL);
        cell.decode(
                "d",
                status ->
                        TropicalCell.resident(status, 100)
                                .setMaxNumBatchedTokens(1_000)
                                .setPredictedStepEndNs(50 * MS));
        assertThat(decide(request("r", 90, 500))).as("10 + 90 ms").isEqualTo(on("d"));
        cell.decoding("d", 99);
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldMultiplexOnAnEngineWithNothingToStallWhateverItTakes() {
        cell.decode("d", status -> status.clearCost());
        assertThat(decide(request("r", 8_191, 500))).isEqualTo(on("d"));
    }

    @Test
    void shouldMultiplexOnlyPromptsBelowTheLimit() {
        cell.decode("d", NOTHING);
        assertThat(decide(request("r", 8_191, 500))).isEqualTo(on("d"));
        assertThat(decide(request("r", 8_192, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldAllowOneUnfinishedPrefillAnEngine() {
        cell.decode("d", status -> status.setRunningPrefills(1));
        assertThat(decide(request("r", 90, 500))).as("one runs").isEqualTo(HOLD);
        cell.decode("d", status -> status.setWaiting(1));
        assertThat(decide(request("r", 90, 500))).as("one waits").isEqualTo(HOLD);
        cell.decode("d", NOTHING);
        cell.view.onDispatch("d", 1, request("sent", 10, 500), 0);
        assertThat(decide(request("r", 90, 500))).as("one is on its way").isEqualTo(HOLD);
        cell.decode("d", status -> status.putAppliedSeq(Cells.CELL, 1));
        assertThat(decide(request("r", 90, 500))).as("it has ended").isEqualTo(on("d"));
    }

    @Test
    void shouldNotMultiplexAboveTheIterationWatermark() {
        // 10 ms and 1 ms a decode: 75 decodes take 85 ms, 0.85 x the strictest TPOT of 100 ms.
        cell.decode("d", status -> TropicalCell.resident(status, 5_000).setRunningDecodes(75));
        assertThat(decide(request("r", 90, 500))).isEqualTo(on("d"));
        cell.decode("d", status -> TropicalCell.resident(status, 5_000).setRunningDecodes(76));
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldTakeTheStrictestTpotForTheIterationWatermark() {
        // 0.85 x 80 ms are 68 ms: 58 decodes.
        cell.decode("d", status -> TropicalCell.resident(status, 5_000).setRunningDecodes(59));
        assertThat(decide(request("r", 90, slo(500, 100)))).isEqualTo(on("d"));
        assertThat(decide(request("r", 90, slo(500, 80)))).as("its own").isEqualTo(HOLD);
        cell.decode(
                "d",
                status ->
                        TropicalCell.resident(status, 5_000)
                                .setRunningDecodes(59)
                                .setMinTpotSloNs(80 * MS));
        assertThat(decide(request("r", 90, slo(500, 100)))).as("a resident's").isEqualTo(HOLD);
    }

    @Test
    void shouldNotMultiplexAboveTheResidentWatermark() {
        cell.view.onJoined(Cells.info("d", Role.DECODE).toBuilder().setBlockSize(16).build());
        // A pool of 100 blocks of 16 tokens: 0.87 x 1600 are 1392 tokens.
        cell.decode("d", status -> status.setResidentPromptTokens(1_392));
        assertThat(decide(request("r", 90, 500))).isEqualTo(on("d"));
        cell.decode("d", status -> status.setResidentPromptTokens(1_393));
        assertThat(decide(request("r", 90, 500))).isEqualTo(HOLD);
    }

    @Test
    void shouldTakeTheEngineWithTheFewestExecutingTokensOfThoseThatPass() {
        cell.decode("d1", status -> TropicalCell.resident(status, 500).setExecutingTokens(70));
        cell.decode("d2", status -> TropicalCell.resident(status, 500).setExecutingTokens(60));
        cell.decode("d3", status -> TropicalCell.resident(status, 0).setExecutingTokens(50));
        assertThat(decide(request("r", 90, 500))).isEqualTo(on("d2"));
    }

    @Test
    void shouldCountEveryChoicesPrefill() {
        QueuedRequest two = new QueuedRequest("r", 90, 2, 0, 0, 0, slo(500, 100), 4 * 180, "");
        cell.decoding("d", 202);
        assertThat(decide(two)).as("2 x 101 ms").isEqualTo(on("d"));
        cell.decoding("d", 201);
        assertThat(decide(two)).isEqualTo(HOLD);
    }
}
