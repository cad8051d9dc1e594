package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random arrivals and cancels on random, mostly far too small engines; every case is its seed. */
class BatchSchedulerSimulationTest {
    private static final int SEEDS = 250;
    private static final int MANY_SEEDS = 4_000;

    @ParameterizedTest(name = "overlapped {0}, prefix cache {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void shouldGenerateWhatEachRequestAloneGives(boolean isOverlapped, boolean hasCache) {
        simulateAll(0, SEEDS, isOverlapped, hasCache);
    }

    @Tag("long")
    @ParameterizedTest(name = "overlapped {0}, prefix cache {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void shouldGenerateTheSameForManySeeds(boolean isOverlapped, boolean hasCache) {
        simulateAll(SEEDS, MANY_SEEDS, isOverlapped, hasCache);
    }

    private static void simulateAll(int from, int to, boolean isOverlapped, boolean hasCache) {
        long preemptions = 0;
        for (int seed = from; seed < to; seed++) {
            try {
                preemptions += simulate(seed, isOverlapped, hasCache);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(preemptions).as("the engines are small enough").isGreaterThan(to - from);
    }

    private static long simulate(int seed, boolean isOverlapped, boolean hasCache) {
        Random random = new Random(seed);
        SimulatedEngine engine = SimulatedEngine.random(random, isOverlapped, hasCache);
        Map<SequenceKey, Submit> submitted = new HashMap<>();
        List<SequenceKey> keys = new ArrayList<>();
        int arrivals = 5 + random.nextInt(25);
        long turnsLeft = 20_000;
        while (keys.size() < arrivals || engine.ended.size() < submitted.size()) {
            assertThat(--turnsLeft).as("turns left").isPositive();
            boolean didSomething = false;
            if (keys.size() < arrivals && random.nextInt(3) == 0) {
                Submit submit = randomSubmit(random, keys.size(), engine.maxSequenceTokens());
                keys.add(submit.getKey());
                submitted.put(submit.getKey(), submit);
                engine.add(submit);
            }
            if (!keys.isEmpty() && random.nextInt(25) == 0) {
                engine.cancel(keys.get(random.nextInt(keys.size())));
            }
            didSomething |= engine.turn();
            boolean isDone = engine.ended.size() == submitted.size();
            assertThat(didSomething || isDone).as("no dead end").isTrue();
        }
        long preemptions = 0;
        for (Sequence sequence : engine.ended.values()) {
            checkTokens(engine, submitted.get(sequence.key()), sequence);
            preemptions += sequence.preemptions();
        }
        while (engine.scheduler.stepsInFlight() > 0) {
            engine.turn();
        }
        assertThat(engine.scheduler.isIdle()).isTrue();
        assertThat(engine.pool.used()).isZero();
        return preemptions;
    }

    static Submit randomSubmit(Random random, int number, int maxSequenceTokens) {
        int prompt = 1 + random.nextInt(maxSequenceTokens - 1);
        if (random.nextBoolean()) {
            prompt = 1 + prompt / 4;
        }
        // Few different ids: prompts share prefixes.
        Submit.Builder submit =
                Requests.builder("p" + random.nextInt(3), prompt, 1 + random.nextInt(40));
        submit.setKey(Requests.key("r" + number));
        submit.getSamplingBuilder()
                .addEosTokenIds(random.nextInt(FakeRunner.VOCABULARY))
                .addStopTokenIds(random.nextInt(FakeRunner.VOCABULARY))
                .setIgnoreEos(random.nextBoolean())
                .setMinTokens(random.nextInt(4));
        return submit.build();
    }

    static void checkTokens(SimulatedEngine engine, Submit submit, Sequence sequence) {
        List<Integer> expected = Requests.expected(submit, engine.maxSequenceTokens());
        List<Integer> generated = Requests.generated(sequence);
        if (engine.wasCancelled(submit.getKey())) {
            assertThat(expected.subList(0, generated.size())).isEqualTo(generated);
        } else {
            assertThat(generated).isEqualTo(expected);
        }
    }
}
