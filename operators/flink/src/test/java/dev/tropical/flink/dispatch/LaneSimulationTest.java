package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests through lanes, engines and a router's stand-in while a seeded schedule loses and repeats
 * messages, kills and freezes engines, and restarts the job from its newest checkpoint. A failing
 * seed prints itself and becomes a test of its own.
 */
class LaneSimulationTest {
    private static final int SEEDS = 300;

    @ParameterizedTest
    @EnumSource(Simulation.Words.class)
    void shouldEndEachRequestOnceWithoutGapOrContradiction(Simulation.Words words) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, words);
            assertThatCode(simulation::run)
                    .as("seed %d with %s words", seed, words)
                    .doesNotThrowAnyException();
        }
    }
}
