package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A prefill and a decode engine with KV moving between them; transfers take their time, fail, and
 * are cancelled, and both pools are mostly too small.
 */
class MigrationSimulationTest {
    private static final int SEEDS = 120;
    private static final int BLOCK_SIZE = 4;
    private static final int MAX_MODEL_LEN = 60;

    /** Blocks are reserved, then copied, then adopted, with turns of both engines between. */
    private record Transfer(SequenceKey key, Reservation reservation) {}

    @ParameterizedTest(name = "overlapped {0}, prefix cache {1}")
    @CsvSource({"false,false", "true,false", "true,true"})
    void shouldGenerateTheSameAcrossAMigration(boolean isOverlapped, boolean hasCache) {
        int moved = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            try {
                moved += new Run(seed, isOverlapped, hasCache).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(moved).as("migrations").isGreaterThan(SEEDS);
    }

    private static final class Run {
        private final Random random;
        private final SimulatedEngine prefill;
        private final SimulatedEngine decode;
        private final Map<SequenceKey, Submit> submitted = new HashMap<>();
        private final List<Transfer> transfers = new ArrayList<>();
        private int moved;

        Run(int seed, boolean isOverlapped, boolean hasCache) {
            random = new Random(seed);
            prefill = engine(isOverlapped, hasCache, 1);
            decode = engine(isOverlapped, hasCache, Integer.MAX_VALUE);
        }

        private SimulatedEngine engine(boolean isOverlapped, boolean hasCache, int maxPrefills) {
            int maxNumSeqs = 1 + random.nextInt(6);
            BatchConfig config =
                    new BatchConfig(
                            maxNumSeqs + random.nextInt(16),
                            maxNumSeqs,
                            MAX_MODEL_LEN,
                            random.nextBoolean(),
                            maxPrefills,
                            random.nextInt(2));
            PrefixCache cache = hasCache ? new PrefixCache("model") : null;
            // At least a sequence of the model's length: what P can hold, D can.
            int blocks = MAX_MODEL_LEN / BLOCK_SIZE + random.nextInt(12);
            return new SimulatedEngine(config, blocks, BLOCK_SIZE, cache, isOverlapped);
        }

        int run() {
            int arrivals = 5 + random.nextInt(20);
            for (int turns = 0; submitted.size() < arrivals || ended() < arrivals; turns++) {
                assertThat(turns).as("turns").isLessThan(20_000);
                if (submitted.size() < arrivals && random.nextInt(4) == 0) {
                    submit();
                }
                if (!submitted.isEmpty() && random.nextInt(40) == 0) {
                    cancelAny();
                }
                prefill.turn();
                decode.turn();
                // A transfer may begin and end between two turns, while steps are in flight.
                parked().forEach(this::offer);
                List.copyOf(transfers).forEach(this::advance);
            }
            checkEnd();
            return moved;
        }

        private List<Sequence> parked() {
            return submitted.keySet().stream()
                    .flatMap(key -> prefill.scheduler.find(key).stream())
                    .filter(sequence -> sequence.state() == SequenceState.PARKED)
                    .toList();
        }

        private int ended() {
            return prefill.ended.size() + decode.ended.size();
        }

        private void submit() {
            Submit submit =
                    BatchSchedulerSimulationTest.randomSubmit(
                                    random, submitted.size(), MAX_MODEL_LEN)
                            .toBuilder()
                            .setPlacement(DecodePlacement.DECODE_PEER)
                            .build();
            submitted.put(submit.getKey(), submit);
            prefill.add(submit);
        }

        private void cancelAny() {
            SequenceKey key = Requests.key("r" + random.nextInt(submitted.size()));
            for (Transfer transfer : List.copyOf(transfers)) {
                if (transfer.key.equals(key)) {
                    transfers.remove(transfer);
                    decode.scheduler.release(transfer.reservation);
                }
            }
            prefill.cancel(key);
            decode.cancel(key);
        }

        private void offer(Sequence sequence) {
            if (random.nextInt(30) == 0) {
                prefill.scheduler.decodeHere(sequence.key());
                return;
            }
            List<PrefixKey> keys = List.of();
            PrefixCache cache = prefill.pool.cache();
            if (cache != null) {
                keys = cache.keys(sequence.prompt(), sequence.promptTokens(), BLOCK_SIZE);
            }
            Optional<Reservation> reservation =
                    decode.scheduler.reserve(
                            sequence.key(),
                            sequence.promptTokens(),
                            decode.pool.blocksFor(sequence.size()),
                            keys,
                            sequence.slo(),
                            0);
            if (reservation.isPresent()) {
                prefill.scheduler.beginMigration(sequence.key());
                transfers.add(new Transfer(sequence.key(), reservation.get()));
            }
        }

        private void advance(Transfer transfer) {
            if (random.nextInt(3) > 0) {
                return;
            }
            transfers.remove(transfer);
            if (random.nextInt(5) == 0) {
                decode.scheduler.release(transfer.reservation);
                prefill.scheduler.failMigration(transfer.key);
                return;
            }
            Sequence source = prefill.scheduler.find(transfer.key).orElseThrow();
            int[] from = source.blockTable();
            int[] to = transfer.reservation.blockTable();
            int used = prefill.pool.blocksFor(source.computedTokens());
            for (int i = transfer.reservation.cachedBlocks(); i < used; i++) {
                prefill.runner.copyBlock(from[i], decode.runner, to[i]);
            }
            Submit.Builder submit = source.request().toBuilder().clearGeneratedTokenIds();
            for (int token : source.generated(0)) {
                submit.addGeneratedTokenIds(token);
            }
            Sequence adopted = new Sequence(submit.build(), decode.nowNs);
            decode.scheduler.adopt(
                    transfer.reservation, adopted, source.computedTokens(), decode.nowNs);
            prefill.scheduler.completeMigration(transfer.key);
            assertThat(source.state()).isEqualTo(SequenceState.MOVED);
            moved++;
            prefill.check();
            decode.check();
        }

        private void checkEnd() {
            for (SimulatedEngine engine : List.of(prefill, decode)) {
                while (engine.scheduler.stepsInFlight() > 0) {
                    engine.turn();
                }
                assertThat(engine.scheduler.isIdle()).isTrue();
                assertThat(engine.pool.used()).isZero();
                for (Sequence sequence : engine.ended.values()) {
                    BatchSchedulerSimulationTest.checkTokens(
                            engine, submitted.get(sequence.key()), sequence);
                }
            }
        }
    }
}
