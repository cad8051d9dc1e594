package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.Retry;

/** Where a lane's words go; called on the task thread. */
interface LaneOutput {
    /** A record for the request's readers. */
    void emit(CompletionRecord record);

    /** A request that needs another engine. */
    void retry(Retry retry);

    /** A command to an engine; lost when the engine is, which the lane then learns. */
    void send(String engineId, EngineCommand command);

    /** The request's last record has been emitted. */
    void ended(InFlightRequest request, boolean isGood);
}
