package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalOptions.Multiplexing;
import dev.tropical.scheduling.routing.TropicalPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Roles that follow the load, in virtual time: one prefill and three decode engines. A step takes
 * 10 ms and 1 ms a prompt token; no prompt is short enough to be multiplexed.
 */
class RolesTest {
    private static final long MS = 1_000_000;
    private static final Multiplexing NONE = new Multiplexing(0.85, 0.87, 0);

    private static SystemSpec cell(RoleSwitching roles) {
        return new SystemSpec(
                        "cell",
                        () -> new TropicalPolicy(TropicalOptions.DEFAULT.with(NONE)),
                        new SystemSpec.Engines(1, new BatchConfig(1_024, 16, 2_048, true, 1, 0)),
                        new SystemSpec.Engines(3, new BatchConfig(256, 16, 2_048, true, 16, 1)),
                        new SystemSpec.Hardware(
                                StepCost.newBuilder().setA(0.010).setCPf(0.001).build(), 500, 16),
                        new SystemSpec.Timing(
                                MS / 10, new SystemSpec.Transfer(MS, 1_000, false, true), 1, 0))
                .with(roles);
    }

    /** 500 prompts of 410 ms, four a second: work for 1.64 prefill engines; little to decode. */
    private static CellSimulation run(RoleSwitching roles) {
        Slo slo = Slo.newBuilder().setTtftNs(2_000 * MS).setTpotNs(100 * MS).build();
        List<SimulatedRequest> requests = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            requests.add(new SimulatedRequest("r" + i, 250L * i * MS, 400, 5, slo));
        }
        return new CellSimulation(cell(roles), requests, 0);
    }

    private static long prefillEngines(CellSimulation simulation) {
        return simulation.engines().stream()
                .filter(engine -> engine.role() == Role.PREFILL)
                .count();
    }

    @Test
    void shouldGiveDecodeEnginesToPrefillUntilNothingWaits() {
        CellSimulation fixed = run(RoleSwitching.OFF);
        double without = Summary.of(fixed.run()).attainment();
        CellSimulation following = run(RoleSwitching.OFF.enabled());
        double with = Summary.of(following.run()).attainment();
        assertThat(prefillEngines(fixed)).isEqualTo(1);
        assertThat(prefillEngines(following)).isGreaterThanOrEqualTo(2);
        assertThat(without).as("one engine does 2.4 of 4 prompts a second").isLessThan(0.7);
        assertThat(with).isGreaterThan(0.9);
    }

    @Test
    void shouldEndEveryRequestOnceThoughRolesChange() {
        CellSimulation following = run(RoleSwitching.OFF.enabled());
        List<RequestResult> results =
                following.run(() -> following.engines().forEach(SimulatedEngine::checkIntegrity));
        assertThat(results).hasSize(500);
        assertThat(following.roleSwitches()).isPositive();
        assertThat(following.engines()).allMatch(engine -> engine.residents().isEmpty());
    }
}
