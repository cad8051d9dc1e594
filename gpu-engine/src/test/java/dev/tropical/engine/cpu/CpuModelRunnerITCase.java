package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CpuModelRunnerITCase {
    private static final int BLOCK_SIZE = 16;
    private static final int BLOCKS_PER_SLOT = 8;
    private static final int[] NONE = {};

    @TempDir Path folder;

    private long stepNumber;

    @Test
    void shouldGiveTransformersGreedyTokensForABatchInChunks() throws Exception {
        Fixture fixture = Fixture.load("llama");
        List<Fixture.Prompt> prompts = fixture.prompts();
        try (ModelRunner runner = load("llama", LoadFormat.AUTO)) {
            List<List<Integer>> generated = new ArrayList<>();
            for (int slot = 0; slot < prompts.size(); slot++) {
                runner.bind(slot, greedy(), prompts.get(slot).tokens(), NONE);
                generated.add(new ArrayList<>());
                generated.get(slot).add(prefill(runner, slot, prompts.get(slot).tokens(), 40));
            }
            for (int step = 1; step < 24; step++) {
                int[] starts = new int[prompts.size()];
                for (int slot = 0; slot < starts.length; slot++) {
                    starts[slot] = prompts.get(slot).tokens().length + step - 1;
                }
                int[] tokens = decode(runner, starts);
                for (int slot = 0; slot < starts.length; slot++) {
                    generated.get(slot).add(tokens[slot]);
                }
            }
            for (int slot = 0; slot < prompts.size(); slot++) {
                assertThat(generated.get(slot))
                        .containsExactlyElementsOf(list(prompts.get(slot).greedy()));
            }
        }
    }

    @Test
    void shouldRunTwoStepsInFlightAndRefuseAThird() throws Exception {
        int[] prompt = {5, 6, 7};
        try (ModelRunner runner = load("llama", LoadFormat.DUMMY)) {
            runner.bind(0, greedy(), prompt, NONE);
            runner.launch(plan(entry(0, prompt, 0, true)));
            runner.launch(plan(continuation(0, 3)));
            assertThatThrownBy(() -> runner.launch(plan(continuation(0, 4))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("2 in flight");
            int first = await(runner).sampledTokenIds()[0];
            int second = await(runner).sampledTokenIds()[0];

            runner.bind(1, greedy(), prompt, NONE);
            int[] longer = {5, 6, 7, first};
            runner.launch(plan(entry(1, longer, 0, true)));
            assertThat(await(runner).sampledTokenIds()[0]).isEqualTo(second);
            assertThatThrownBy(() -> runner.poll(0)).hasMessageContaining("no step in flight");
        }
    }

    @Test
    void shouldGoOnInAnotherRunnerWithCopiedBlocks() throws Exception {
        Fixture.Prompt prompt = Fixture.load("qwen3").prompts().get(2);
        int length = prompt.tokens().length;
        try (ModelRunner from = load("qwen3", LoadFormat.AUTO);
                ModelRunner to = load("qwen3", LoadFormat.AUTO)) {
            from.bind(0, greedy(), prompt.tokens(), NONE);
            int first = prefill(from, 0, prompt.tokens(), 512);
            int[] target = {9, 2, 30, 4, 11, 6, 7, 8};
            copyBlocks(from, to, blocks(0), target, (length + BLOCK_SIZE - 1) / BLOCK_SIZE);

            to.bind(3, greedy(), prompt.tokens(), new int[] {first});
            List<Integer> tokens = new ArrayList<>(List.of(first));
            for (int i = 0; i < 23; i++) {
                int[] last = {tokens.get(tokens.size() - 1)};
                to.launch(plan(new StepPlan.Entry(3, last, false, length + i, 1, target, true)));
                tokens.add(await(to).sampledTokenIds()[0]);
            }
            assertThat(tokens).containsExactlyElementsOf(list(prompt.greedy()));
        }
    }

    private static void copyBlocks(
            ModelRunner from, ModelRunner to, int[] source, int[] target, int count) {
        int bytes = from.spec().blockBytes();
        int frame = 1000;
        for (int i = 0; i < count; i++) {
            for (int offset = 0; offset < bytes; offset += frame) {
                ByteBuffer buffer = ByteBuffer.allocate(Math.min(frame, bytes - offset));
                from.readBlock(source[i], offset, buffer);
                assertThat(buffer.hasRemaining()).isFalse();
                to.writeBlock(target[i], offset, buffer.flip());
            }
        }
    }

    @Test
    void shouldDrawTheSameAfterAResume() throws Exception {
        SamplingParams sampling =
                greedy().toBuilder()
                        .setTemperature(1)
                        .setTopP(0.95f)
                        .setRepetitionPenalty(1.1f)
                        .setFrequencyPenalty(0.3f)
                        .setSeed(42)
                        .build();
        int[] prompt = {8, 9, 10, 11};
        try (ModelRunner runner = load("llama", LoadFormat.DUMMY)) {
            runner.bind(0, sampling, prompt, NONE);
            List<Integer> whole = new ArrayList<>(List.of(prefill(runner, 0, prompt, 512)));
            for (int i = 0; i < 20; i++) {
                whole.add(decode(runner, new int[] {prompt.length + i})[0]);
            }
            int[] known = whole.stream().limit(9).mapToInt(token -> token).toArray();
            int[] input = Arrays.copyOf(prompt, prompt.length + known.length);
            System.arraycopy(known, 0, input, prompt.length, known.length);
            runner.bind(1, sampling, prompt, known);
            assertThat(prefill(runner, 1, input, 512)).isEqualTo(whole.get(9));
            runner.launch(plan(continuation(1, input.length)));
            assertThat(await(runner).sampledTokenIds()).containsExactly(whole.get(10));
        }
    }

    @Test
    void shouldNotSampleChunksButTheLastAndReportLogprobs() throws Exception {
        int[] prompt = {8, 9, 10, 11};
        try (ModelRunner runner = load("llama", LoadFormat.AUTO)) {
            runner.bind(0, greedy().toBuilder().setLogprobs(2).build(), prompt, NONE);
            runner.launch(plan(entry(0, new int[] {8, 9}, 0, false)));
            StepResult first = await(runner);
            assertThat(first.sampledTokenIds()).containsExactly(-1);
            assertThat(first.logprobs()).isEmpty();
            runner.launch(plan(entry(0, new int[] {10, 11}, 2, true)));
            StepResult last = await(runner);
            assertThat(last.logprobs()).hasSize(1);
            assertThat(last.logprobs().get(0).getTopTokenIdsList())
                    .hasSize(2)
                    .startsWith(last.sampledTokenIds()[0]);
            assertThat(last.logprobs().get(0).getLogprob()).isNegative();
        }
    }

    @Test
    void shouldScoreAPromptTheSameHoweverItIsCut() throws Exception {
        Fixture.Prompt prompt = Fixture.load("llama").prompts().get(2);
        int length = prompt.tokens().length;
        int[] whole = Arrays.copyOf(prompt.tokens(), length + prompt.greedy().length);
        System.arraycopy(prompt.greedy(), 0, whole, length, prompt.greedy().length);
        SamplingParams sampling = greedy().toBuilder().setPromptLogprobs(2).build();
        try (ModelRunner runner = load("llama", LoadFormat.AUTO)) {
            assertThat(runner.scoresPrompts()).isTrue();
            List<TokenLogprobs> scores = scored(runner, 0, sampling, whole, whole.length);

            assertThat(scores).hasSize(whole.length - 1);
            assertThat(scores.subList(length - 1, whole.length - 1))
                    .allSatisfy(greedy -> assertThat(greedy.getRank()).isEqualTo(1));
            assertThat(scores)
                    .allSatisfy(
                            one -> {
                                assertThat(one.getTopTokenIdsCount()).isEqualTo(2);
                                assertThat(one.getLogprob())
                                        .isLessThanOrEqualTo(one.getTopLogprobs(0));
                            });
            assertThat(scored(runner, 1, sampling, whole, 7)).isEqualTo(scores);
            assertThat(scored(runner, 2, sampling, whole, 1)).isEqualTo(scores);
        }
    }

    /** Of a prompt in chunks of this length; none comes before the last. */
    private List<TokenLogprobs> scored(
            ModelRunner runner, int slot, SamplingParams sampling, int[] prompt, int chunk)
            throws Exception {
        runner.bind(slot, sampling, prompt, NONE);
        for (int start = 0; start < prompt.length; start += chunk) {
            int end = Math.min(start + chunk, prompt.length);
            boolean isLast = end == prompt.length;
            runner.launch(plan(entry(slot, Arrays.copyOfRange(prompt, start, end), start, isLast)));
            StepResult result = await(runner);
            if (isLast) {
                return result.promptLogprobs().get(0);
            }
            assertThat(result.promptLogprobs()).isEmpty();
        }
        throw new AssertionError("an empty prompt");
    }

    @Test
    void shouldRefuseATokenOutsideTheVocabulary() throws Exception {
        try (ModelRunner runner = load("llama", LoadFormat.DUMMY)) {
            runner.bind(0, greedy(), NONE, NONE);
            assertThatThrownBy(() -> runner.launch(plan(entry(0, new int[] {160}, 0, true))))
                    .hasMessageContaining("token 160");
        }
    }

    @Test
    void shouldNameTheMissingTensor() throws Exception {
        Path qwen = Fixture.folder("qwen3");
        Files.copy(qwen.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String config = Files.readString(qwen.resolve("config.json"));
        Files.writeString(folder.resolve("config.json"), config.replace("Qwen3For", "Qwen2For"));
        assertThatThrownBy(() -> CpuBackend.load(folder, options(LoadFormat.AUTO)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("model.layers.0.self_attn.q_proj.bias");
    }

    @Test
    void shouldRefuseMoreBlocksThanTheHeapHolds() {
        CpuOptions options =
                new CpuOptions(
                        new RunnerOptions(LoadFormat.AUTO, 0, 16, 100_000_000, 0, 0.9, 4, 64),
                        1,
                        0);
        assertThatThrownBy(() -> CpuBackend.load(Fixture.folder("llama"), options))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("KV cache: 100000000 blocks");
    }

    private static ModelRunner load(String fixture, LoadFormat format) throws Exception {
        return CpuBackend.load(Fixture.folder(fixture), options(format));
    }

    private static CpuOptions options(LoadFormat format) {
        return new CpuOptions(
                new RunnerOptions(format, 0, BLOCK_SIZE, 4 * BLOCKS_PER_SLOT, 0, 0.9, 4, 600),
                2,
                1);
    }

    private static SamplingParams greedy() {
        return SamplingParams.newBuilder()
                .setTopP(1)
                .setRepetitionPenalty(1)
                .setLogprobs(-1)
                .setMaxTokens(100)
                .build();
    }

    private int prefill(ModelRunner runner, int slot, int[] tokens, int chunk) throws Exception {
        int sampled = -1;
        for (int start = 0; start < tokens.length; start += chunk) {
            int end = Math.min(tokens.length, start + chunk);
            int[] input = Arrays.copyOfRange(tokens, start, end);
            runner.launch(plan(entry(slot, input, start, end == tokens.length)));
            sampled = await(runner).sampledTokenIds()[0];
        }
        return sampled;
    }

    /** One more token of each slot. */
    private int[] decode(ModelRunner runner, int[] starts) throws Exception {
        StepPlan.Entry[] entries = new StepPlan.Entry[starts.length];
        Arrays.setAll(entries, slot -> continuation(slot, starts[slot]));
        runner.launch(plan(entries));
        return await(runner).sampledTokenIds();
    }

    private StepPlan plan(StepPlan.Entry... entries) {
        return new StepPlan(stepNumber++, List.of(entries));
    }

    private static StepPlan.Entry entry(int slot, int[] tokens, int start, boolean isSampled) {
        return new StepPlan.Entry(
                slot, tokens, false, start, tokens.length, blocks(slot), isSampled);
    }

    private static StepPlan.Entry continuation(int slot, int start) {
        return new StepPlan.Entry(slot, NONE, true, start, 1, blocks(slot), true);
    }

    private static int[] blocks(int slot) {
        int[] blocks = new int[BLOCKS_PER_SLOT];
        Arrays.setAll(blocks, i -> (slot + 1) * BLOCKS_PER_SLOT - 1 - i);
        return blocks;
    }

    private static StepResult await(ModelRunner runner) throws InterruptedException {
        return runner.poll(30_000_000_000L).orElseThrow();
    }

    private static List<Integer> list(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
