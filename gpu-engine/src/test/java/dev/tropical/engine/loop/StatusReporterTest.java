package dev.tropical.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.protocol.wire.EngineStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How often an engine tells of decodes that go on. */
class StatusReporterTest {
    private static final int STEPS = 20;

    @Test
    void shouldTellOfEachStepOfALargeModel() {
        assertThat(snapshotsWithStepsOf(Duration.ofMillis(6))).isEqualTo(STEPS);
    }

    @Test
    void shouldTellOfShortStepsAtMostEveryTenMilliseconds() {
        assertThat(snapshotsWithStepsOf(Duration.ofMillis(1))).isEqualTo(STEPS / 10);
    }

    @Test
    void shouldTakeAStepThatWaitedForACoreForAShortOne() {
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").loop(LoopOptions.defaults(true)));
        engine.submit("r", 5, 100);
        int count = 0;
        for (int i = 0; i < STEPS; i++) {
            count += snapshotsWithin(engine, 1, Duration.ofMillis(1));
            count += snapshotsWithin(engine, 1, Duration.ofMillis(6));
        }
        // 140 ms, and two for the sequence's begin.
        assertThat(count).isLessThanOrEqualTo(16);
    }

    @Test
    void shouldTellOfNothingWhileNothingHappens() {
        LoopHarness engine = LoopHarness.greeted();
        engine.clock.advance(Duration.ofMillis(5));
        engine.turns(1);
        assertThat(snapshotsWithin(engine, STEPS, Duration.ofMillis(6))).isZero();
    }

    private static int snapshotsWithStepsOf(Duration step) {
        LoopHarness engine = LoopHarness.greeted(Setup.of("e").loop(LoopOptions.defaults(true)));
        engine.submit("r", 5, 100);
        // The first token and the status that tells of it.
        snapshotsWithin(engine, 3, Duration.ofMillis(6));
        return snapshotsWithin(engine, STEPS, step);
    }

    private static int snapshotsWithin(LoopHarness engine, int turns, Duration turn) {
        int count = 0;
        for (int i = 0; i < turns; i++) {
            @Nullable EngineStatus before = engine.status;
            engine.clock.advance(turn);
            engine.turns(1);
            count += engine.status == before ? 0 : 1;
        }
        return count;
    }
}
