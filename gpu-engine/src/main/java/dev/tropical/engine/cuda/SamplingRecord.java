package dev.tropical.engine.cuda;

import dev.tropical.protocol.wire.SamplingParams;
import java.nio.IntBuffer;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A sequence's sampling parameters as {@code bind_sampling.cu} reads them: a {@code SlotSampling},
 * the lengths of five lists, the lists. Lists that no rule needs are left empty.
 */
final class SamplingRecord {
    /** Ints of a {@code SlotSampling}. */
    static final int PARAMETERS = 16;

    /** Ints of the lengths. */
    static final int LENGTHS = 8;

    private static final int HAS_MARKS = 1;
    private static final int HAS_BIAS = 2;
    private static final int[] NONE = {};

    private final SamplingParams params;
    private final int generatedTokens;
    private final int firstStop;
    private final int flags;
    private final int[] prompt;
    private final int[] generated;
    private final int[] stops;
    private final int[] allowed;
    private final int[] biased;

    SamplingRecord(SamplingParams params, int[] prompt, int[] generated, int vocabSize) {
        this.params = params;
        this.generatedTokens = generated.length;
        Set<Integer> endings = new LinkedHashSet<>(params.getEosTokenIdsList());
        endings.addAll(params.getStopTokenIdsList());
        int[] stopIds = known(endings.stream().mapToInt(id -> id), vocabSize);
        firstStop = stopIds.length == 0 ? -1 : stopIds[0];
        boolean isPenalized =
                params.getRepetitionPenalty() != 1
                        || params.getPresencePenalty() != 0
                        || params.getFrequencyPenalty() != 0;
        boolean barsStops = params.getMinTokens() > generated.length && stopIds.length > 0;
        this.prompt = isPenalized ? known(IntStream.of(prompt), vocabSize) : NONE;
        this.generated = isPenalized ? known(IntStream.of(generated), vocabSize) : NONE;
        this.stops = barsStops ? stopIds : NONE;
        IntStream allowList = params.getAllowedTokenIdsList().stream().mapToInt(id -> id);
        this.allowed = known(allowList.distinct(), vocabSize);
        this.biased =
                known(params.getLogitBiasMap().keySet().stream().mapToInt(id -> id), vocabSize);
        boolean hasBias = biased.length > 0 || params.getAllowedTokenIdsCount() > 0;
        flags = (isPenalized || barsStops ? HAS_MARKS : 0) | (hasBias ? HAS_BIAS : 0);
    }

    /** Kernels write to what an id names: ids outside the vocabulary must not reach them. */
    private static int[] known(IntStream ids, int vocabSize) {
        return ids.filter(id -> id >= 0 && id < vocabSize).toArray();
    }

    /** Ints that any record has at most. */
    static long maxInts(int maxModelLen, int vocabSize) {
        return PARAMETERS + LENGTHS + maxModelLen + 4L * vocabSize;
    }

    int ints() {
        return PARAMETERS
                + LENGTHS
                + prompt.length
                + generated.length
                + stops.length
                + allowed.length
                + 2 * biased.length;
    }

    /**
     * Writes it down.
     *
     * @param alternatives see {@link SlotState}
     */
    void write(IntBuffer to, int alternatives) {
        putFloat(to, params.getTemperature());
        putFloat(to, params.getTopP());
        putFloat(to, params.getMinP());
        to.put(params.getTopK());
        putFloat(to, params.getRepetitionPenalty());
        putFloat(to, params.getPresencePenalty());
        putFloat(to, params.getFrequencyPenalty());
        to.put(params.getMinTokens()).put(generatedTokens).put(firstStop).put(flags);
        to.put(alternatives).put((int) params.getSeed()).put((int) (params.getSeed() >>> 32));
        to.put(0).put(0);
        to.put(prompt.length).put(generated.length).put(stops.length);
        // An allow-list of unknown ids allows nothing, and must not read as "all".
        boolean allowsNothing = allowed.length == 0 && params.getAllowedTokenIdsCount() > 0;
        to.put(allowsNothing ? -1 : allowed.length).put(biased.length).put(0).put(0).put(0);
        to.put(prompt).put(generated).put(stops).put(allowed).put(biased);
        Map<Integer, Float> bias = params.getLogitBiasMap();
        for (int id : biased) {
            putFloat(to, bias.getOrDefault(id, 0f));
        }
    }

    private static void putFloat(IntBuffer to, float value) {
        to.put(Float.floatToRawIntBits(value));
    }
}
