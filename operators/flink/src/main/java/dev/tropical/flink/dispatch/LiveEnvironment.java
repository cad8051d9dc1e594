package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.EngineCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engines over ZeroMQ, the registry and the completions on Kafka, the models on disk. */
final class LiveEnvironment implements DispatchEnvironment {
    private static final Logger LOG = LoggerFactory.getLogger(LiveEnvironment.class);
    private static final long CLOSE_MS = 2_000;

    private final ModelCatalog catalog;
    private final TextSource texts;
    private final EngineRegistry registry;
    private final EngineClient client;

    private LiveEnvironment(ModelCatalog catalog, EngineRegistry registry, EngineClient client) {
        this.catalog = catalog;
        this.texts = new ModelTexts(catalog);
        this.registry = registry;
        this.client = client;
    }

    /**
     * Loads the models, then starts the registry's and the client's threads.
     *
     * @throws IOException when a model cannot be read
     */
    static LiveEnvironment open(DispatchOptions options, String name, EngineListener listener)
            throws IOException {
        ModelCatalog catalog = ModelCatalog.open(options.models());
        EngineRegistry registry = EngineRegistry.open(options.kafka());
        EngineClient client = EngineClient.open(registry, name, options.engines(), listener);
        return new LiveEnvironment(catalog, registry, client);
    }

    @Override
    public TextSource texts() {
        return texts;
    }

    @Override
    public boolean send(String engineId, EngineCommand command) {
        return client.send(engineId, command);
    }

    @Override
    public Optional<Set<String>> registeredEngines() {
        try {
            return registry.awaitCaughtUp(Duration.ZERO)
                    ? Optional.of(registry.snapshot().engines().keySet())
                    : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public EmittedOffsets emittedOffsets() {
        return EmittedOffsets.getDefaultInstance();
    }

    @Override
    public Emitted readEmitted(List<EmittedOffsets> since, Set<Integer> lanes) {
        return new Emitted();
    }

    /** On a thread of its own: what takes longer must not hold up the task's end. */
    @Override
    public void close() {
        Thread closer = new Thread(this::closeAll, "lanes-closer");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (closer.isAlive()) {
            LOG.warn("engine client and registry are still closing after {} ms", CLOSE_MS);
        }
    }

    private void closeAll() {
        client.close();
        registry.close();
        catalog.close();
    }
}
