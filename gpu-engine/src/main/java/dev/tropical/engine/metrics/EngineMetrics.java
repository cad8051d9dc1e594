package dev.tropical.engine.metrics;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.Timings;
import dev.tropical.scheduling.cost.StepShape;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** An engine's newest status, and what has happened since its start. The loop thread writes. */
public final class EngineMetrics {
    private static final double NS_PER_SECOND = 1e9;

    /** vLLM's bounds of times to first token, seconds. */
    private static final double[] FIRST_TOKEN = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20,
        40, 80, 160, 640, 2560
    };

    /** vLLM's bounds of times a token, seconds. */
    private static final double[] TOKEN = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
        80
    };

    /** vLLM's bounds of a request's phases, seconds. */
    private static final double[] PHASE = {
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };

    /** vLLM's bounds of tokens in a step. */
    private static final double[] STEP_TOKENS = {
        1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384
    };

    /** Corrections are kept within 0.5 and 2: beyond, something else is wrong. */
    private static final double[] RATIO = {0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4};

    final Histogram timeToFirstToken = new Histogram(FIRST_TOKEN);
    final Histogram timePerOutputToken = new Histogram(TOKEN);
    final Histogram queueTime = new Histogram(PHASE);
    final Histogram prefillTime = new Histogram(PHASE);
    final Histogram decodeTime = new Histogram(PHASE);
    final Histogram stepTokens = new Histogram(STEP_TOKENS);
    final Histogram promptStepRatio = new Histogram(RATIO);
    final Histogram decodeStepRatio = new Histogram(RATIO);
    private final Map<FinishReason, AtomicLong> finished = new EnumMap<>(FinishReason.class);
    private volatile EngineStatus status = EngineStatus.getDefaultInstance();

    public EngineMetrics() {
        for (FinishReason reason : FinishReason.values()) {
            finished.put(reason, new AtomicLong());
        }
    }

    /** The engine's newest status. */
    public void status(EngineStatus newest) {
        status = newest;
    }

    EngineStatus status() {
        return status;
    }

    /**
     * A step has run.
     *
     * @param predictedNs 0 when nothing was known to predict with
     */
    public void step(StepShape shape, long predictedNs, long durationNs) {
        stepTokens.add((double) (shape.prefillTokens() + shape.decodes()));
        if (predictedNs > 0) {
            Histogram ratio = shape.prefillTokens() > 0 ? promptStepRatio : decodeStepRatio;
            ratio.add(durationNs / (double) predictedNs);
        }
    }

    /** A request's first token, so long after its arrival. */
    public void firstToken(long ageNs) {
        timeToFirstToken.add(ageNs / NS_PER_SECOND);
    }

    /**
     * A sequence has ended here.
     *
     * @param tokens that it generated, here and elsewhere
     */
    public void finished(FinishReason reason, Timings timings, int tokens) {
        AtomicLong count = finished.get(reason);
        if (count != null) {
            count.incrementAndGet();
        }
        queueTime.add(timings.getQueuedNs() / NS_PER_SECOND);
        prefillTime.add(timings.getPrefillNs() / NS_PER_SECOND);
        decodeTime.add(timings.getDecodeNs() / NS_PER_SECOND);
        if (tokens > 1) {
            timePerOutputToken.add(timings.getDecodeNs() / NS_PER_SECOND / (tokens - 1));
        }
    }

    long finished(FinishReason reason) {
        AtomicLong count = finished.get(reason);
        return count == null ? 0 : count.get();
    }
}
