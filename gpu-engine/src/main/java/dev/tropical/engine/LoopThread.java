package dev.tropical.engine;

import dev.tropical.engine.io.EngineIo;
import dev.tropical.engine.loop.CostConfig;
import dev.tropical.engine.loop.EngineLoop;
import dev.tropical.engine.loop.LoopConfig;
import dev.tropical.engine.loop.RoleLimits;
import dev.tropical.engine.loop.Vitals;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.profile.StepProfile;
import dev.tropical.engine.profile.StepProfiler;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.batch.BlockPool;
import dev.tropical.scheduling.batch.PrefixCache;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that loads the model, runs the loop and closes the runner: the one thread that ever
 * touches it.
 */
final class LoopThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);

    /** A step of the CPU backend may have to end first. */
    private static final long JOIN_MS = 1_000;

    private final CompletableFuture<ModelSpec> loaded = new CompletableFuture<>();
    private final CompletableFuture<EngineInfo> self = new CompletableFuture<>();
    private final Vitals vitals = new Vitals();
    private final EngineOptions options;
    private final EngineIo io;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private volatile @Nullable EngineLoop loop;
    private volatile boolean isClosing;

    /**
     * @param onFailure told what ended the loop if it was not {@link #close}
     */
    LoopThread(EngineOptions options, EngineIo io, Consumer<Throwable> onFailure) {
        this.options = options;
        this.io = io;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, "engine-loop");
    }

    /** Starts to load; the future fails with a {@link ModelLoadException} when that fails. */
    CompletableFuture<ModelSpec> start() {
        thread.start();
        return loaded;
    }

    /** Lets the loop begin, as the engine that {@code info} describes. */
    void begin(EngineInfo info) {
        self.complete(info);
    }

    /** What the loop shows of itself while it runs. */
    Vitals vitals() {
        return vitals;
    }

    private void run() {
        try (ModelRunner runner = Runners.load(options)) {
            CostConfig cost = new CostConfig(cost(runner), options.cost().isCorrected());
            loaded.complete(runner.spec());
            runLoop(runner, cost, self.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            loaded.completeExceptionally(e);
        } catch (ModelLoadException | RuntimeException | Error e) {
            boolean isLoading = loaded.completeExceptionally(e);
            if (!isLoading && !isClosing) {
                onFailure.accept(e);
            }
        }
    }

    /** From the profile, else measured now, else unknown. */
    private StepCost cost(ModelRunner runner) throws InterruptedException {
        CostOptions costs = options.cost();
        if (costs.profile() != null || costs.measuring().isZero()) {
            return costs.read();
        }
        StepProfile profile =
                StepProfiler.measure(runner, costs.measuring(), System::nanoTime, () -> isClosing);
        LOG.info("measured {}", profile);
        return profile.cost();
    }

    private void runLoop(ModelRunner runner, CostConfig cost, EngineInfo info) {
        ModelSpec spec = runner.spec();
        PrefixCache cache =
                options.cache().isPrefixCaching() ? new PrefixCache(info.getModel()) : null;
        EngineLoop engineLoop =
                new EngineLoop(
                        info,
                        io,
                        runner,
                        new BlockPool(spec.numBlocks(), spec.blockSize(), cache),
                        new LoopConfig(limits(spec), options.loop(), options.transfer(), cost),
                        vitals,
                        System::nanoTime);
        loop = engineLoop;
        if (!isClosing) {
            engineLoop.run();
        }
    }

    /**
     * As many blocks stay free at admission as there are slots, at most a hundredth of the pool:
     * the residents' next blocks.
     */
    private RoleLimits limits(ModelSpec spec) {
        Function<Integer, BatchConfig> limits =
                maxPrefills ->
                        new BatchConfig(
                                options.batch().maxNumBatchedTokens(),
                                options.batch().maxNumSeqs(),
                                spec.maxModelLen(),
                                options.batch().isChunkedPrefill(),
                                maxPrefills,
                                Math.min(spec.maxNumSeqs(), spec.numBlocks() / 100));
        return new RoleLimits(limits.apply(1), limits.apply(options.batch().maxNumSeqs()));
    }

    @Override
    public void close() {
        isClosing = true;
        self.cancel(false);
        EngineLoop running = loop;
        if (running != null) {
            running.stop();
        }
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
