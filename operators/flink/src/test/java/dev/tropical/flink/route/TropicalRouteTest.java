package dev.tropical.flink.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.RoleSwitch;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.TropicalOptions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Each clause of mode tropical's rule, through the operator. One prefill engine p, two decode
 * engines. A step takes 10 ms, 1 ms a prompt token, 1 ms a decode: e(90 tokens) = 100 ms. TTFT
 * objective 500 ms, TPOT objective 100 ms.
 */
class TropicalRouteTest extends RouteHarness {
    private static final long MS = 1_000_000;
    private static final StepCost COST =
            StepCost.newBuilder().setA(0.010).setCPf(0.001).setC0(0.001).build();

    @BeforeEach
    void start() throws Exception {
        QueueTimeout timeout = new QueueTimeout(3_000 * MS);
        options =
                new RouteOptions(
                        RouteMode.TROPICAL,
                        1,
                        QueueTimeout.OFF,
                        TropicalOptions.DEFAULT.with(timeout));
        start(1, null);
        for (String engine : List.of("p", "d1", "d2")) {
            join(engine, 0);
        }
        status(idle("p"));
        status(idle("d1"));
        status(idle("d2"));
    }

    @Test
    void shouldSendTheHeadToAnIdlePrefillEngine() throws Exception {
        send(prompt("r", 90));
        assertThat(last().getEngineId()).isEqualTo("p");
        assertThat(last().getPlacement()).isEqualTo(DecodePlacement.DECODE_PEER_OR_HERE);
    }

    @Test
    void shouldNeverSendTwoIntoOneGap() throws Exception {
        for (String id : List.of("a", "b", "c", "d")) {
            send(prompt(id, 90));
        }
        // No status has come since: p, d1 and d2 have one each, and the fourth waits.
        assertThat(dispatches().stream().map(Dispatch::getEngineId))
                .containsExactly("p", "d1", "d2");
        assertThat(last().getPlacement()).isEqualTo(DecodePlacement.DECODE_HERE);
    }

    @Test
    void shouldQueueBehindARunningPrefillThatEndsInTime() throws Exception {
        occupyAll();
        // 399 ms to the end of what runs + 100 ms < 500 ms.
        send(prompt("r", 90));
        status(prefilling("p", 399));
        assertThat(last().getRequest().getId()).isEqualTo("r");
        assertThat(last().getEngineId()).isEqualTo("p");
    }

    @Test
    void shouldWaitWhereTheFirstTokenWouldBeLate() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        status(prefilling("p", 400)); // 400 + 100 is not before 500
        assertThat(dispatches()).hasSize(3);
        status(idle("p"));
        assertThat(last().getEngineId()).as("idle again").isEqualTo("p");
    }

    @Test
    void shouldNotQueueASecondPromptBehindARunningOne() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        status(prefilling("p", 50).setWaiting(1));
        assertThat(dispatches()).hasSize(3);
    }

    @Test
    void shouldMultiplexWhenEveryResidentCanSpareTheMixedSteps() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        // One step of 90 prompt tokens beside 4 decodes: 10 + 90 + 4 ms. The running step goes on
        // for 6 ms more.
        status(decoding("d1", 4, 109));
        assertThat(dispatches()).hasSize(3);
        status(decoding("d1", 4, 110));
        assertThat(last().getEngineId()).isEqualTo("d1");
        assertThat(last().getPlacement()).isEqualTo(DecodePlacement.DECODE_HERE);
    }

    @Test
    void shouldCountTheStatusesAgeAgainstTheSlack() throws Exception {
        occupyAll();
        // 30 ms too few for 140 tokens: 10 + 140 + 4 + 6 ms.
        status(decoding("d1", 4, 130));
        send(prompt("longer", 140));
        advance(10);
        send(prompt("shorter", 100)); // 120 ms of 130, but 10 ms have passed: 4 of 6 in the step
        assertThat(last().getRequest().getId()).isEqualTo("shorter");
        advance(1);
        send(prompt("late", 90));
        assertThat(dispatches()).hasSize(4);
    }

    @Test
    void shouldNotMultiplexAboveTheIterationWatermark() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        status(decoding("d1", 76, 10_000)); // 86 ms a step > 0.85 x 100 ms
        assertThat(dispatches()).hasSize(3);
        status(decoding("d1", 75, 10_000));
        assertThat(last().getEngineId()).isEqualTo("d1");
    }

    @Test
    void shouldNotMultiplexAboveTheResidentWatermark() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        status(decoding("d1", 4, 10_000).setResidentPromptTokens(13_921)); // 0.87 x 16,000
        assertThat(dispatches()).hasSize(3);
        status(decoding("d1", 4, 10_000).setResidentPromptTokens(13_920));
        assertThat(last().getEngineId()).isEqualTo("d1");
    }

    @Test
    void shouldNotMultiplexBesideAnUnfinishedPrefill() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        status(decoding("d1", 4, 10_000).setRunningPrefills(1));
        assertThat(dispatches()).hasSize(3);
    }

    @Test
    void shouldForgetADispatchThatNoStatusEchoesWithinTwoSeconds() throws Exception {
        send(prompt("a", 90));
        for (int i = 0; i < 9; i++) {
            advance(200);
            statusWithoutEcho(idle("p"));
        }
        send(prompt("b", 90)); // d1 and d2 have been silent for too long
        assertThat(dispatches()).as("a still counts").hasSize(1);
        advance(200);
        assertThat(last().getRequest().getId()).isEqualTo("b");
        assertThat(last().getEngineId()).isEqualTo("p");
    }

    @Test
    void shouldTakeTheShortestPromptFirst() throws Exception {
        occupyAll();
        send(prompt("long", 200));
        send(prompt("short", 20));
        status(idle("p"));
        assertThat(last().getRequest().getId()).isEqualTo("short");
    }

    @Test
    void shouldRejectAtTheTimeoutByItself() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        advance(2_999);
        assertThat(outputs().stream().filter(output -> output.hasError())).isEmpty();
        advance(1);
        assertThat(outputs().stream().filter(output -> output.hasError()))
                .singleElement()
                .satisfies(o -> assertThat(o.getError().getCode()).isEqualTo("queue_timeout"));
    }

    @Test
    void shouldLookAgainWhenAnEngineJoins() throws Exception {
        occupyAll();
        send(prompt("r", 90));
        join("d3", 0);
        status(idle("d3"));
        assertThat(last().getEngineId()).isEqualTo("d3");
    }

    @Test
    void shouldTellTheEngineTheObjectivesThatItFilledIn() throws Exception {
        send(input(0).setRequest(admitted("r", 90)).build());
        // 5 x (10 + 90) ms, and the default.
        assertThat(last().getRequest().getSlo()).isEqualTo(slo(500, 100));
    }

    @Test
    void shouldFollowARoleThatIsSwitched() throws Exception {
        status(idle("p").setRole(Role.DECODE));
        status(idle("d2").setRole(Role.PREFILL));
        send(prompt("r", 90));
        assertThat(last().getEngineId()).isEqualTo("d2");
        assertThat(last().getPlacement()).isEqualTo(DecodePlacement.DECODE_PEER_OR_HERE);
    }

    @Test
    void shouldGiveADecodeEngineToPrefillWhenRequestsHaveWaited() throws Exception {
        closeSubtasks();
        options =
                new RouteOptions(
                        RouteMode.TROPICAL,
                        1,
                        QueueTimeout.OFF,
                        TropicalOptions.DEFAULT.with(RoleSwitching.OFF.enabled()));
        start(1, null);
        for (String engine : List.of("p", "d1", "d2")) {
            join(engine, 0);
        }
        send(prompt("r", 9_000));
        // No engine takes it: p is busy, and a prompt this long is never multiplexed.
        for (int i = 0; i < 4; i++) {
            status(prefilling("p", 60_000));
            status(decoding("d1", 20, 10_000).setExecutingTokens(30));
            status(decoding("d2", 20, 10_000).setExecutingTokens(20));
            assertThat(roleSwitches()).as("after %d ms", 500 * i).isEmpty();
            advance(500);
        }
        RoleSwitch expected =
                RoleSwitch.newBuilder().setEngineId("d2").setRole(Role.PREFILL).build();
        assertThat(roleSwitches()).containsExactly(expected);
        status(idle("d2").setRole(Role.PREFILL));
        assertThat(last().getEngineId()).isEqualTo("d2");
        assertThat(last().getRequest().getId()).isEqualTo("r");
    }

    private List<RoleSwitch> roleSwitches() {
        return outputs().stream()
                .filter(LaneInput::hasRoleSwitch)
                .map(LaneInput::getRoleSwitch)
                .toList();
    }

    // ---- statuses ------------------------------------------------------------------------------

    /** Gives every engine one prompt, and lets each say that it runs it. */
    private void occupyAll() throws Exception {
        for (String id : List.of("x", "y", "z")) {
            send(prompt(id, 90));
        }
        status(prefilling("p", 10_000));
        status(prefilling("d1", 10_000));
        status(prefilling("d2", 10_000));
    }

    private Dispatch last() {
        List<Dispatch> all = dispatches();
        return all.get(all.size() - 1);
    }

    private RouteInput prompt(String id, int tokens) {
        return input(0).setRequest(admitted(id, tokens).setSlo(slo(500, 100))).build();
    }

    private static Slo slo(long ttftMs, long tpotMs) {
        return Slo.newBuilder().setTtftNs(ttftMs * MS).setTpotNs(tpotMs * MS).build();
    }

    private EngineStatus.Builder idle(String engine) {
        return newStatus(engine, 0)
                .setRole(engine.startsWith("p") ? Role.PREFILL : Role.DECODE)
                .setCost(COST)
                .setMaxNumBatchedTokens(2_048)
                .setMinSpareSlackNs(Long.MAX_VALUE);
    }

    private EngineStatus.Builder prefilling(String engine, long leftMs) {
        return idle(engine).setRunningPrefills(1).setPredictedPrefillEndNs(leftMs * MS);
    }

    private EngineStatus.Builder decoding(String engine, int decodes, long spareMs) {
        return idle(engine)
                .setRunningDecodes(decodes)
                .setMinTpotSloNs(100 * MS)
                .setMinSpareSlackNs(spareMs * MS)
                .setPredictedStepEndNs(6 * MS);
    }

    /** As engines do, it says that it has seen all dispatches so far. */
    private void status(EngineStatus.Builder status) throws Exception {
        long seq = dispatches().stream().mapToLong(Dispatch::getSeq).max().orElse(0);
        statusWithoutEcho(status.putAppliedSeq(0, seq));
    }

    private void statusWithoutEcho(EngineStatus.Builder status) throws Exception {
        send(input(0).setStatus(status).build());
    }
}
