package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests through lanes, engines and a router's stand-in while a seeded schedule loses, repeats
 * and reorders messages, cancels, kills and silences engines, restarts the job from its newest
 * checkpoint; what must hold is checked after each event. A failing seed prints itself and becomes
 * a test of its own.
 */
class LaneSimulationTest {
    private static final int SEEDS = 200;
    private static final int LONG_SEEDS = 5_000; // of each kind of words

    @ParameterizedTest
    @EnumSource(Simulation.Words.class)
    void shouldEndEachRequestOnceWithoutGapOrContradiction(Simulation.Words words) {
        run(words, 0, SEEDS);
    }

    @ParameterizedTest
    @EnumSource(Simulation.Words.class)
    @Tag("long")
    void shouldDoSoOnTenThousandSchedules(Simulation.Words words) {
        run(words, SEEDS, LONG_SEEDS);
    }

    private static void run(Simulation.Words words, int from, int to) {
        for (int seed = from; seed < to; seed++) {
            Simulation simulation = new Simulation(seed, words);
            assertThatCode(simulation::run)
                    .as("seed %d with %s words", seed, words)
                    .doesNotThrowAnyException();
        }
    }
}
