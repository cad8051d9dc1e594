package dev.tropical.engine.profile;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepCostFit;
import dev.tropical.scheduling.cost.StepTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Measures steps of random shapes for a given time and fits {@link StepCost} to them: decodes,
 * prompts after none or some computed tokens, and both together. Sizes are drawn evenly on a
 * logarithmic scale, so the smallest there are, which show the constant part, come often. Each
 * shape is run three times, and the median counts: what else the machine does comes in bursts.
 *
 * <p>The first third of the time warms up (just-in-time compilation, caches, clocks) and does not
 * count. Every fifth step is held out of the fit and tells how good it is. The fit has the least
 * mean relative error, by which predictions are judged: least squares would follow the few shapes
 * that the formula suits worst. How many prompt tokens are free is tried. Sizes start small and
 * double while steps stay below a hundredth of the time, so that a slow machine measures many small
 * steps and not one large one; a machine that is busy with other things gets more time.
 */
public final class StepProfiler {
    private static final int HOLD_OUT = 5;

    /** Fits of least squares, each weighted by what the last one left, until the least error. */
    private static final int FITS = 30;

    /** Relative errors below are as good as none. */
    private static final double SMALL_ERROR = 0.003;

    /** Free prompt tokens that are tried; the fit goes without when they gain little. */
    private static final int FREE_STEP = 16;

    private static final int MOST_FREE = 384;
    private static final double LEAST_GAIN = 0.05;

    private static final int KINDS = 3;
    private static final int REPEATS = 3;
    private static final int FIRST_TOKENS = 16;
    private static final int WARM_UP_SHARE = 3;
    private static final int STEP_SHARE = 100;

    /** Measured steps below which the time is stretched, by {@link #MAX_STRETCH} at most. */
    private static final int MIN_STEPS = 60;

    private static final int MAX_STRETCH = 5;

    /** KV tokens that may be read for each token of a step's size: they cost far less. */
    private static final int CONTEXT_SHARE = 64;

    /**
     * Prompts are cut into large chunks: so many times its tokens may come before one. A few tokens
     * after a long prefix take as long as reading its KV, which would be laid to long prompts.
     */
    private static final int CHUNKS = 16;

    /** Longest context of a measured decode: beyond, a step's time goes on in the same line. */
    private static final int MAX_CONTEXT = 8_192;

    private final ModelSpec spec;
    private final StepDriver driver;
    private final LongSupplier clock;
    private final Random random = new Random(20);
    private int maxTokens = FIRST_TOKENS;

    private StepProfiler(ModelRunner runner, StepDriver driver, LongSupplier clock) {
        this.spec = runner.spec();
        this.driver = driver;
        this.clock = clock;
    }

    /**
     * Measures; the runner holds no sequence before and after.
     *
     * @param clock nanoseconds, as {@link System#nanoTime}
     * @param isStopped asked between steps; true ends the measurement early
     */
    public static StepProfile measure(
            ModelRunner runner, Duration time, LongSupplier clock, BooleanSupplier isStopped)
            throws InterruptedException {
        try (StepDriver driver = new StepDriver(runner)) {
            List<Measured> steps =
                    new StepProfiler(runner, driver, clock).run(time.toNanos(), isStopped);
            return fit(steps);
        }
    }

    private List<Measured> run(long timeNs, BooleanSupplier isStopped) throws InterruptedException {
        List<Measured> steps = new ArrayList<>();
        long startNs = clock.getAsLong();
        long nowNs = startNs;
        for (int i = 0; !isStopped.getAsBoolean(); i++) {
            long limitNs = steps.size() < MIN_STEPS ? MAX_STRETCH * timeNs : timeNs;
            if (nowNs - startNs >= limitNs) {
                break;
            }
            Measured step = next(i);
            limitSizes(step, timeNs / STEP_SHARE);
            if (nowNs - startNs >= timeNs / WARM_UP_SHARE) {
                steps.add(step);
            }
            nowNs = clock.getAsLong();
        }
        return steps;
    }

    private Measured next(int number) throws InterruptedException {
        int kind = number % KINDS;
        boolean isMixed = kind == 2 && spec.maxNumSeqs() > 1;
        boolean hasDecodes = spec.numBlocks() > 1 && (kind == 1 || isMixed);
        boolean hasPrompt = !hasDecodes || isMixed;
        int decodes = 0;
        int context = 1;
        if (hasDecodes) {
            int slots = Math.max(1, spec.maxNumSeqs() - 1);
            decodes = upTo(Math.min(Math.min(slots, maxTokens), spec.numBlocks() / 2));
            // A sequence's first token would be a prompt.
            context = Math.min(maxContext(decodes), 1 + upTo(maxContext(decodes)));
        }
        int prompt = 0;
        int done = 0;
        if (hasPrompt) {
            int left = spec.numBlocks() - decodes * driver.blocks(context);
            int room = Math.min(left * spec.blockSize(), spec.maxModelLen() - 1);
            prompt = Math.min(room, upTo(Math.min(maxTokens, spec.maxStepTokens() - decodes)));
            int mostDone = Math.min(room - prompt, CHUNKS * prompt);
            done = random.nextBoolean() ? 0 : upTo(Math.max(1, mostDone)) - 1;
        }
        return median(prompt, done, decodes, context);
    }

    private Measured median(int prompt, int done, int decodes, int context)
            throws InterruptedException {
        Measured[] runs = new Measured[REPEATS];
        for (int i = 0; i < REPEATS; i++) {
            runs[i] = driver.run(prompt, done, decodes, context);
        }
        Arrays.sort(runs, Comparator.comparingLong(Measured::durationNs));
        return runs[REPEATS / 2];
    }

    /** Half of the pool at most: the rest is for the prompt beside them. */
    private int maxContext(int decodes) {
        int ofPool = spec.numBlocks() / 2 / decodes * spec.blockSize();
        int ofTime = CONTEXT_SHARE * maxTokens / decodes;
        int ofModel = Math.min(spec.maxModelLen(), MAX_CONTEXT);
        return Math.max(1, Math.min(Math.min(ofPool, ofTime), ofModel));
    }

    /** 1 to {@code most}, evenly on a logarithmic scale. */
    private int upTo(int most) {
        return (int) Math.min(most, Math.exp(random.nextDouble() * Math.log(most + 1.0)));
    }

    private void limitSizes(Measured step, long maxStepNs) {
        long tokens = step.shape().prefillTokens() + step.shape().decodes();
        if (step.durationNs() > maxStepNs) {
            maxTokens = (int) Math.max(FIRST_TOKENS, Math.min(maxTokens, tokens) / 2);
        } else if (tokens > maxTokens / 2) {
            maxTokens = Math.min(2 * maxTokens, spec.maxStepTokens());
        }
    }

    private static StepProfile fit(List<Measured> steps) {
        List<Measured> fitted = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            if (!isHeldOut(i)) {
                fitted.add(steps.get(i));
            }
        }
        StepCost cost = fit(fitted, 0);
        double least = (1 - LEAST_GAIN) * meanError(cost, fitted);
        for (int free = FREE_STEP; free <= MOST_FREE; free += FREE_STEP) {
            StepCost tried = fit(fitted, free);
            double error = meanError(tried, fitted);
            if (error < least) {
                least = error;
                cost = tried;
            }
        }
        List<StepProfile.Point> points = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Measured step = steps.get(i);
            long predictedNs = StepTime.stepNs(cost, step.shape());
            points.add(
                    new StepProfile.Point(
                            step.shape(), step.durationNs(), predictedNs, isHeldOut(i)));
        }
        return new StepProfile(cost, points);
    }

    private static boolean isHeldOut(int number) {
        return number % HOLD_OUT == 0;
    }

    private static StepCost fit(List<Measured> steps, int freeTokens) {
        StepCost cost = StepCost.getDefaultInstance();
        for (int round = 0; round < FITS; round++) {
            StepCostFit fit = new StepCostFit(freeTokens);
            for (Measured step : steps) {
                double weight = round == 0 ? 1 : 1 / Math.max(SMALL_ERROR, error(cost, step));
                fit.add(step.shape(), step.durationNs(), weight);
            }
            cost = fit.fit().orElse(StepCost.getDefaultInstance());
        }
        return cost;
    }

    private static double meanError(StepCost cost, List<Measured> steps) {
        return steps.stream().mapToDouble(step -> error(cost, step)).average().orElse(0);
    }

    private static double error(StepCost cost, Measured step) {
        return Math.abs((double) StepTime.stepNs(cost, step.shape()) / step.durationNs() - 1);
    }
}
