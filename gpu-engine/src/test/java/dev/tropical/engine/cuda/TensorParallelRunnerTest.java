package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ranks are fakes: what counts here is that each gets the same calls, in order. */
@Timeout(60)
class TensorParallelRunnerTest {
    private static final int RANKS = 2;
    private static final int PLANES = 4;
    private static final int BLOCKS = 3;

    /** Of a rank's block. */
    private static final int BLOCK_BYTES = PLANES * 32;

    private final Map<Integer, FakeRank> ranks = new ConcurrentHashMap<>();

    /** Writes its calls down; its steps are done when they are polled. */
    private static final class FakeRank implements RankRunner {
        final List<String> calls = Collections.synchronizedList(new ArrayList<>());
        final byte[][] blocks = new byte[BLOCKS][BLOCK_BYTES];
        final Deque<StepPlan> inFlight = new ArrayDeque<>();
        final int failingStep;

        FakeRank(int failingStep) {
            this.failingStep = failingStep;
        }

        @Override
        public ModelSpec spec() {
            return new ModelSpec("fake", 100, 64, 16, BLOCKS, BLOCK_BYTES, 4, 64);
        }

        @Override
        public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
            calls.add("bind " + slot);
        }

        @Override
        public void release(int slot) {
            calls.add("release " + slot);
        }

        @Override
        public void check(StepPlan plan) {
            if (plan.entries().get(0).slot() == 3) {
                throw new IllegalArgumentException("slot 3");
            }
        }

        @Override
        public void launch(StepPlan plan) {
            if (plan.number() == failingStep) {
                throw new CudaException("rank broke");
            }
            if (inFlight.size() == 2) {
                throw new IllegalStateException("two in flight");
            }
            inFlight.add(plan);
            calls.add("launch " + plan.number());
        }

        @Override
        public Optional<StepResult> poll(long timeoutNs) {
            StepPlan plan = inFlight.remove();
            return Optional.of(new StepResult(plan.number(), new int[] {7}, List.of(), 1));
        }

        @Override
        public void readBlock(int block, int offset, ByteBuffer out) {
            out.put(blocks[block], offset, out.remaining());
        }

        @Override
        public void writeBlock(int block, int offset, ByteBuffer in) {
            in.get(blocks[block], offset, in.remaining());
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }

    private ModelRunner load(int failingRank, int failingStep) throws ModelLoadException {
        return TensorParallelRunner.load(
                RANKS,
                PLANES,
                seat -> {
                    int rank = seat.shard().rank();
                    FakeRank fake = new FakeRank(rank == failingRank ? failingStep : -1);
                    ranks.put(rank, fake);
                    seat.exchange(rank);
                    return fake;
                });
    }

    private static StepPlan plan(int number, int slot) {
        return new StepPlan(
                number,
                List.of(new StepPlan.Entry(slot, new int[1], false, 0, 1, new int[1], true)));
    }

    @Test
    void shouldGiveAllRanksTheSameCallsInTheSameOrder() throws Exception {
        ModelRunner runner = load(-1, -1);
        runner.bind(1, SamplingParams.getDefaultInstance(), new int[1], new int[0]);
        runner.launch(plan(0, 1));
        for (int step = 1; step < 50; step++) {
            runner.launch(plan(step, 1));
            assertThat(runner.poll(1).orElseThrow().number()).isEqualTo(step - 1);
        }
        runner.release(1);
        runner.close();
        assertThat(ranks.get(0).calls).hasSize(53).startsWith("bind 1", "launch 0");
        assertThat(ranks.get(1).calls).isEqualTo(ranks.get(0).calls).endsWith("release 1", "close");
    }

    @Test
    void shouldShowBlocksOfTheWholeModel() throws Exception {
        try (ModelRunner runner = load(-1, -1)) {
            assertThat(runner.spec().blockBytes()).isEqualTo(RANKS * BLOCK_BYTES);
            byte[] whole = new byte[RANKS * BLOCK_BYTES];
            new Random(3).nextBytes(whole);
            runner.writeBlock(2, 0, ByteBuffer.wrap(whole, 0, 100));
            runner.writeBlock(2, 100, ByteBuffer.wrap(whole, 100, whole.length - 100));
            // A plane of 64 bytes: the first 32 are rank 0's.
            assertThat(ranks.get(0).blocks[2]).startsWith(java.util.Arrays.copyOf(whole, 32));
            assertThat(ranks.get(1).blocks[2][0]).isEqualTo(whole[32]);
            assertThat(ranks.get(0).blocks[2][32]).isEqualTo(whole[64]);
            ByteBuffer read = ByteBuffer.allocate(150);
            runner.readBlock(2, 40, read);
            assertThat(read.hasRemaining()).isFalse();
            assertThat(read.array()).isEqualTo(java.util.Arrays.copyOfRange(whole, 40, 190));
        }
    }

    @Test
    void shouldSayWhenAFollowerBreaks() throws Exception {
        try (ModelRunner runner = load(1, 0)) {
            runner.launch(plan(0, 1));
            ranks.get(0).inFlight.clear();
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    ranks.get(0).inFlight.add(plan(0, 1));
                                    runner.poll(1);
                                }
                            })
                    .isInstanceOf(CudaException.class)
                    .hasMessage("rank broke");
        }
        assertThat(ranks.get(1).calls).containsExactly("close");
    }

    @Test
    void shouldLaunchNothingAnywhereOfAPlanThatTheLeaderRefuses() throws Exception {
        ModelRunner runner = load(-1, -1);
        assertThatThrownBy(() -> runner.launch(plan(0, 3))).hasMessage("slot 3");
        runner.close();
        assertThat(ranks.get(0).calls).containsExactly("close");
        assertThat(ranks.get(1).calls).containsExactly("close");
    }

    @Test
    void shouldFreeTheOthersWhenOneCannotBeLoaded() {
        for (int broken = 0; broken < RANKS; broken++) {
            int failing = broken;
            ranks.clear();
            assertThatThrownBy(
                            () ->
                                    TensorParallelRunner.load(
                                            RANKS,
                                            PLANES,
                                            seat -> {
                                                int rank = seat.shard().rank();
                                                if (rank == failing) {
                                                    throw new ModelLoadException("too small");
                                                }
                                                ranks.put(rank, new FakeRank(-1));
                                                return ranks.get(rank);
                                            }))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage("too small");
            assertThat(ranks.get(1 - failing).calls).containsExactly("close");
        }
    }
}
