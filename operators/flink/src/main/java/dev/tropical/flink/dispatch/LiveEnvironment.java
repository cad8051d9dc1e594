package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.EngineCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engines over ZeroMQ, the registry and the completions on Kafka, the models on disk. */
final class LiveEnvironment implements DispatchEnvironment {
    private static final Logger LOG = LoggerFactory.getLogger(LiveEnvironment.class);
    private static final long CLOSE_MS = 2_000;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>(); // the newest first
    private final TextSource texts;
    private final EmittedReader emittedReader;
    private final EndOffsets endOffsets;
    private final EngineRegistry registry;
    private final EngineClient client;

    private LiveEnvironment(DispatchOptions options, String name, EngineListener listener)
            throws IOException {
        try {
            ModelCatalog catalog = own(ModelCatalog.open(options.models()));
            texts = new ModelTexts(catalog);
            emittedReader =
                    new EmittedReader(options.kafka(), options.delivery(), EmittedReader.DEADLINE);
            endOffsets = own(new EndOffsets(options.kafka(), options.delivery(), name));
            registry = own(EngineRegistry.open(options.kafka()));
            client = own(EngineClient.open(registry, name, options.engines(), listener));
        } catch (IOException | RuntimeException e) {
            closeAll();
            throw e;
        }
    }

    /**
     * Loads the models, then starts the threads of the registry and of the engine client.
     *
     * @throws IOException when a model cannot be read
     */
    static LiveEnvironment open(DispatchOptions options, String name, EngineListener listener)
            throws IOException {
        return new LiveEnvironment(options, name, listener);
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
        return endOffsets.latest();
    }

    @Override
    public Emitted readEmitted(List<EmittedOffsets> since, Set<Integer> lanes) {
        return emittedReader.read(since, lanes);
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

    private <T extends AutoCloseable> T own(T resource) {
        opened.push(resource);
        return resource;
    }

    private void closeAll() {
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("{} did not close", resource.getClass().getSimpleName(), e);
            }
        }
    }
}
