package dev.tropical.engine;

import dev.tropical.engine.io.EngineIo;
import dev.tropical.engine.metrics.MetricsServer;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An engine's parts in the order in which they start: sockets bound, model loaded, I/O thread,
 * loop. They end in the reverse order, within two seconds.
 */
final class EngineProcess implements AutoCloseable {
    private static final String VERSION = "0.1.0";

    private final EngineOptions options;
    private final Consumer<Throwable> onFailure;
    private final EngineIo io;
    private final LoopThread loop;
    private @Nullable MetricsServer metrics;

    /**
     * @param onFailure told what broke a running engine; the process should end then
     * @throws IllegalStateException when a port is in use
     */
    EngineProcess(EngineOptions options, Consumer<Throwable> onFailure) {
        this.options = options;
        this.onFailure = onFailure;
        this.io = new EngineIo(options.io());
        this.loop = new LoopThread(options, io, onFailure);
    }

    /** Begins to load the model; the future fails with a {@link ModelLoadException}. */
    CompletableFuture<ModelSpec> load() {
        return loop.start();
    }

    /**
     * Begins to serve the loaded model.
     *
     * @return where the engine can be reached, and what it turned out to be
     * @throws IllegalStateException when the metrics' port is in use
     */
    EngineInfo serve(ModelSpec spec) {
        EngineInfo info = describe(spec);
        EngineStatus first =
                EngineStatus.newBuilder()
                        .setVersion(Wire.VERSION)
                        .setEngineId(info.getEngineId())
                        .setIncarnation(info.getIncarnation())
                        .setRole(info.getRole())
                        .setCell(info.getCell())
                        .setBlocksTotal(spec.numBlocks())
                        .setBlocksFree(spec.numBlocks())
                        .setMinSpareSlackNs(Long.MAX_VALUE)
                        .build();
        io.start(
                info.getEngineId() + "/" + info.getIncarnation(),
                first,
                loop.vitals().progress(),
                onFailure);
        startMetrics(info);
        loop.begin(info);
        return info;
    }

    private void startMetrics(EngineInfo info) {
        if (options.metricsPort() != EngineOptions.NO_METRICS) {
            metrics =
                    MetricsServer.start(
                            options.io().host(),
                            options.metricsPort(),
                            info,
                            loop.vitals().metrics());
        }
    }

    private EngineInfo describe(ModelSpec spec) {
        return EngineInfo.newBuilder()
                .setEngineId(options.identity().engineId())
                .setIncarnation(UUID.randomUUID().toString())
                .setCommandEndpoint(io.commandEndpoint())
                .setStatusEndpoint(io.statusEndpoint())
                .setRole(options.identity().role())
                .setCell(options.identity().cell())
                .setModel(options.model().servedName())
                .setTp(options.model().ranks())
                .setPp(1)
                .setMaxModelLen(spec.maxModelLen())
                .setBlockSize(spec.blockSize())
                .setNumBlocks(spec.numBlocks())
                .setPid(ProcessHandle.current().pid())
                .setWireVersion(Wire.VERSION)
                .setVersion(VERSION)
                .setDevice(options.model().device().label())
                .setCurvePublicKey(options.io().security().publicKey())
                .build();
    }

    @Override
    public void close() {
        if (metrics != null) {
            metrics.close();
        }
        loop.close();
        io.close();
    }
}
