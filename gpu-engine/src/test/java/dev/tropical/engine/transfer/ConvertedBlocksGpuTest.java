package dev.tropical.engine.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.CpuBackend;
import dev.tropical.engine.cpu.CpuOptions;
import dev.tropical.engine.cpu.Fixture;
import dev.tropical.engine.cuda.CudaBackend;
import dev.tropical.engine.cuda.CudaOptions;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** KV blocks of a GPU on a CPU and the other way round: both must see the same context. */
@Tag("gpu")
public class ConvertedBlocksGpuTest {
    private static final int BLOCK = 16;
    private static final int BLOCKS = 16;
    private static final int[] TABLE = {3, 5, 1, 7, 2, 9, 4, 8, 6, 0, 10, 11};

    /** Of log probabilities, in the 2-norm: what bf16 does to two layers, as measured elsewhere. */
    private static final double TOLERANCE = 2e-2;

    @Test
    void shouldBeTheSameContext() throws Exception {
        Fixture fixture = Fixture.load("llama");
        int vocab = fixture.config().vocabSize();
        int[] prompt = fixture.prompts().get(2).tokens();
        Path kernels = Path.of(System.getProperty("java.io.tmpdir"), "kernels");
        RunnerOptions limits =
                new RunnerOptions(LoadFormat.AUTO, 128, BLOCK, BLOCKS, 0, 0.5, 4, 256);
        CudaOptions onGpu = new CudaOptions(limits, DType.BF16, 0, kernels);
        CpuOptions onCpu = new CpuOptions(limits, 2, 0);
        try (ModelRunner gpu = CudaBackend.load(fixture.folder(), onGpu);
                ModelRunner cpu = CpuBackend.load(fixture.folder(), onCpu)) {
            for (ModelRunner from : List.of(gpu, cpu)) {
                ModelRunner to = from == gpu ? cpu : gpu;
                bind(from, prompt, vocab);
                bind(to, prompt, vocab);
                run(from, prompt, 0);
                move(from, to, (prompt.length + BLOCK - 1) / BLOCK);
                int[] next = {prompt[0]};
                double[] expected = row(run(from, next, prompt.length), vocab);
                double[] actual = row(run(to, next, prompt.length), vocab);
                assertThat(error(actual, expected)).isLessThan(TOLERANCE);
                from.release(0);
                to.release(0);
            }
        }
    }

    private static void bind(ModelRunner runner, int[] prompt, int vocab) {
        SamplingParams params =
                SamplingParams.newBuilder()
                        .setTopP(1)
                        .setRepetitionPenalty(1)
                        .setLogprobs(vocab)
                        .build();
        runner.bind(0, params, prompt, new int[0]);
    }

    private static TokenLogprobs run(ModelRunner runner, int[] tokens, int start)
            throws InterruptedException {
        StepPlan.Entry entry =
                new StepPlan.Entry(0, tokens, false, start, tokens.length, TABLE, true);
        runner.launch(new StepPlan(0, List.of(entry)));
        return runner.poll(30_000_000_000L).orElseThrow().logprobs().get(0);
    }

    private static void move(ModelRunner from, ModelRunner to, int blocks) {
        KvConversion conversion =
                KvConversion.of(KvConversion.announced(from.kvType()), to.kvType());
        Frames frames = new Frames(from.spec().blockBytes());
        assertThat(conversion.sentBytes(to.spec().blockBytes())).isEqualTo(frames.blockBytes());
        for (int i = 0; i < blocks; i++) {
            for (int frame = 0; frame < frames.perBlock(); frame++) {
                ByteBuffer bytes = ByteBuffer.allocate(frames.length(frame));
                from.readBlock(TABLE[i], frames.offset(frame), bytes);
                to.writeBlock(
                        TABLE[i],
                        conversion.ownBytes(frames.offset(frame)),
                        conversion.convert(bytes.flip()));
            }
        }
    }

    private static double[] row(TokenLogprobs logprobs, int vocab) {
        double[] row = new double[vocab];
        for (int i = 0; i < vocab; i++) {
            row[logprobs.getTopTokenIds(i)] = logprobs.getTopLogprobs(i);
        }
        return row;
    }

    private static double error(double[] actual, double[] expected) {
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
        }
        return Math.sqrt(difference / Arrays.stream(expected).map(x -> x * x).sum());
    }
}
