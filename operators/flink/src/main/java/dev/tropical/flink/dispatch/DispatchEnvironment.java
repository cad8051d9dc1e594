package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineListener;
import dev.tropical.protocol.wire.EmittedOffsets;
import dev.tropical.protocol.wire.EngineCommand;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What one subtask of the dispatch operator has outside Flink; {@link #close} frees all of it. */
interface DispatchEnvironment extends AutoCloseable {
    /** The served models' texts. */
    TextSource texts();

    /** Sends a command; false when the engine is not up. Never blocks. */
    boolean send(String engineId, EngineCommand command);

    /** The registered engines' ids, once the registry has been read; empty until then. */
    Optional<Set<String>> registeredEngines();

    /** How far the completions topic reached a moment ago; never blocks, never too far. */
    EmittedOffsets emittedOffsets();

    /**
     * What has been written to the completions topic since the snapshots that these offsets come
     * from; what could not be read by the deadline is left out, with a warning.
     */
    Emitted readEmitted(List<EmittedOffsets> since, Set<Integer> lanes);

    /** Ends threads and sockets; at most 2 s. */
    @Override
    void close();

    /** Opens the environment of one attempt of a subtask. */
    interface Factory extends Serializable {
        /**
         * @param clientName of the subtask, for logs and the engines
         */
        DispatchEnvironment open(String clientName, EngineListener listener) throws Exception;
    }
}
