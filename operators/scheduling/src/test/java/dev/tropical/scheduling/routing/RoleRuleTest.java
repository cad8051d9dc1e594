package dev.tropical.scheduling.routing;

import static dev.tropical.scheduling.routing.TropicalCell.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.StepCost;
import org.junit.jupiter.api.Test;

/**
 * A role must be short for 2 s; a cell rests for 30 s after a switch. A decode step takes 10 ms and
 * 1 ms a decode, and each decode's TPOT objective is 100 ms: n decodes take (10 + n) % of it.
 */
class RoleRuleTest {
    private final TropicalCell cell = new TropicalCell();
    private final CellQueue queue =
            new CellQueue(new TropicalPolicy(TropicalOptions.DEFAULT).order(), 1_024, 1 << 20);
    private RoleRule rule = rule(RoleSwitching.OFF.enabled());

    private static RoleRule rule(RoleSwitching options) {
        return new RoleRule(options, StepCost.getDefaultInstance());
    }

    /** A request that arrived at 0 s. */
    private void queueOne() {
        queue.add(TropicalCell.request("r", 90, 500));
    }

    private void prefill(String id, long atMs, int running, long tokens) {
        cell.status(
                id,
                Role.PREFILL,
                atMs * MS,
                status -> status.setRunningPrefills(running).setExecutingTokens(tokens));
    }

    private void decode(String id, long atMs, int decodes, long tokens) {
        cell.status(
                id,
                Role.DECODE,
                atMs * MS,
                status ->
                        status.setRunningDecodes(decodes)
                                .setMinTpotSloNs(decodes == 0 ? 0 : 100 * MS)
                                .setExecutingTokens(tokens));
    }

    private String next(long atMs) {
        return rule.next(queue, cell.view, atMs * MS)
                .map(change -> change.engineId() + " " + change.role())
                .orElse("-");
    }

    @Test
    void shouldGiveTheLeastLoadedDecodeEngineToPrefillWhenARequestHasWaitedTwoSeconds() {
        queueOne();
        prefill("p", 1_500, 1, 900);
        decode("d1", 1_500, 20, 900);
        decode("d2", 1_500, 20, 800);
        assertThat(next(1_999)).isEqualTo("-");
        // 30 % on two engines are 60 % on one: just what it may take.
        assertThat(next(2_000)).isEqualTo("d2 PREFILL");
        assertThat(rule.switches()).isEqualTo(1);
    }

    @Test
    void shouldKeepDecodeEnginesThatTheirDecodesNeed() {
        queueOne();
        prefill("p", 2_000, 1, 900);
        decode("d1", 2_000, 20, 900);
        decode("d2", 2_000, 21, 800); // 30 and 31 %: 61 % on one
        assertThat(next(2_500)).isEqualTo("-");
        decode("d2", 2_000, 20, 800);
        assertThat(next(2_500)).isEqualTo("d2 PREFILL");
    }

    @Test
    void shouldKeepTheLastDecodeEngine() {
        queueOne();
        prefill("p", 5_000, 1, 900);
        decode("d1", 5_000, 0, 0);
        assertThat(next(5_000)).isEqualTo("-");
    }

    @Test
    void shouldCountReadyEnginesOnly() {
        queueOne();
        decode("d1", 3_000, 0, 0);
        decode("d2", 5_000, 0, 0);
        assertThat(next(5_000)).as("d1 has been silent for 2 s").isEqualTo("-");
    }

    @Test
    void shouldGiveAnIdlePrefillEngineToDecodeWhenDecodesHaveSavedNothingForTwoSeconds() {
        for (long atMs = 0; atMs < 2_000; atMs += 500) {
            decodeShort(atMs, 76);
            assertThat(next(atMs)).isEqualTo("-");
        }
        decodeShort(2_000, 76); // 86 % > 85 %
        assertThat(next(2_000)).isEqualTo("p2 DECODE");
    }

    private void decodeShort(long atMs, int decodes) {
        prefill("p1", atMs, 1, 10);
        prefill("p2", atMs, 0, 0);
        prefill("p3", atMs, 0, 20);
        decode("d", atMs, decodes, 5_000);
    }

    @Test
    void shouldStartAnewWhenDecodesRecoverInBetween() {
        for (long atMs = 0; atMs < 4_000; atMs += 500) {
            decodeShort(atMs, atMs == 1_500 ? 75 : 76);
            assertThat(next(atMs)).as("at " + atMs).isEqualTo("-");
        }
        decodeShort(4_000, 76);
        assertThat(next(4_000)).as("2 s after 2,000 ms").isEqualTo("p2 DECODE");
    }

    @Test
    void shouldKeepPrefillEnginesWhileRequestsAreQueued() {
        decodeShort(0, 76);
        assertThat(next(0)).isEqualTo("-");
        decodeShort(3_000, 76);
        queueOne();
        assertThat(next(3_000)).as("both roles are short").isEqualTo("-");
    }

    @Test
    void shouldKeepTheLastPrefillEngineAndTheBusyOnes() {
        for (long atMs = 0; atMs <= 3_000; atMs += 500) {
            prefill("p1", atMs, 0, 0);
            decode("d", atMs, 80, 5_000);
            assertThat(next(atMs)).as("the last").isEqualTo("-");
        }
        for (long atMs = 3_500; atMs <= 6_000; atMs += 500) {
            prefill("p1", atMs, 1, 10);
            prefill("p2", atMs, 1, 10);
            decode("d", atMs, 80, 5_000);
            assertThat(next(atMs)).as("busy").isEqualTo("-");
        }
    }

    @Test
    void shouldRestForTheDwellTimeAfterASwitch() {
        queueOne();
        for (String engine : new String[] {"d1", "d2", "d3"}) {
            decode(engine, 2_000, 0, 0);
        }
        assertThat(next(2_000)).isEqualTo("d1 PREFILL");
        prefill("d1", 31_500, 1, 10);
        decode("d2", 31_500, 0, 0);
        decode("d3", 31_500, 0, 0);
        assertThat(next(31_999)).isEqualTo("-");
        assertThat(next(32_000)).isEqualTo("d2 PREFILL");
    }

    @Test
    void shouldDoNothingUnlessItIsToldTo() {
        rule = rule(TropicalOptions.DEFAULT.roles());
        queueOne();
        decode("d1", 5_000, 0, 0);
        decode("d2", 5_000, 0, 0);
        assertThat(next(5_000)).isEqualTo("-");
    }

    @Test
    void shouldRefuseSharesWithoutAGapBetweenThem() {
        assertThatThrownBy(() -> new RoleSwitching(true, 0, 0, 0.6, 0.6))
                .hasMessage(
                        "spareShare 0.6, fullShare 0.6 (expected: 0 < spareShare < fullShare <="
                                + " 1)");
    }
}
