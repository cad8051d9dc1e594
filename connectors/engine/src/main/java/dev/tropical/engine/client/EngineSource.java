package dev.tropical.engine.client;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.ProtobufTypeInfo;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A Flink source of the engines' memberships and statuses, keyed by cell afterwards. Parallelism 1:
 * the order of an engine's membership and statuses is what the route operator relies on.
 */
public final class EngineSource
        implements Source<RouteInput, EngineSplit, Boolean>, ResultTypeQueryable<RouteInput> {
    private static final long serialVersionUID = 1L;

    private final KafkaSettings settings;
    private final EngineClientOptions options;

    private EngineSource(KafkaSettings settings, EngineClientOptions options) {
        this.settings = settings;
        this.options = options;
    }

    public static Source<RouteInput, ?, ?> create(
            KafkaSettings settings, EngineClientOptions options) {
        return new EngineSource(settings, options);
    }

    @Override
    public SourceReader<RouteInput, EngineSplit> createReader(SourceReaderContext context) {
        if (context.currentParallelism() != 1) {
            throw new IllegalArgumentException(
                    "parallelism of the engine source: "
                            + context.currentParallelism()
                            + " (expected: 1)");
        }
        return new EngineReader(listener -> OpenClient.of(settings, options, listener));
    }

    /** A registry and the client that follows it. */
    private record OpenClient(EngineRegistry registry, EngineClient client)
            implements AutoCloseable {
        static OpenClient of(
                KafkaSettings settings, EngineClientOptions options, EngineListener listener) {
            EngineRegistry registry = EngineRegistry.open(settings);
            try {
                return new OpenClient(
                        registry, EngineClient.open(registry, "route", options, listener));
            } catch (RuntimeException e) {
                registry.close();
                throw e;
            }
        }

        @Override
        public void close() {
            client.close();
            registry.close();
        }
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SplitEnumerator<EngineSplit, Boolean> createEnumerator(
            SplitEnumeratorContext<EngineSplit> context) {
        return new EngineSplitEnumerator(context, false);
    }

    @Override
    public SplitEnumerator<EngineSplit, Boolean> restoreEnumerator(
            SplitEnumeratorContext<EngineSplit> context, Boolean isAssigned) {
        return new EngineSplitEnumerator(context, isAssigned);
    }

    @Override
    public SimpleVersionedSerializer<EngineSplit> getSplitSerializer() {
        return new EngineSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<Boolean> getEnumeratorCheckpointSerializer() {
        return new EngineSplitEnumerator.StateSerializer();
    }

    @Override
    public TypeInformation<RouteInput> getProducedType() {
        return new ProtobufTypeInfo<>(RouteInput.class);
    }
}
