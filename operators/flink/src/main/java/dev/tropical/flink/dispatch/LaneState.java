package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.protocol.wire.InFlight;

/** The lanes' keyed state as a snapshot writes it; the key is the lane. */
interface LaneState {
    void putRequest(int lane, String id, InFlight request) throws Exception;

    void removeRequest(int lane, String id) throws Exception;

    void putEnded(int lane, IdMemory ended) throws Exception;
}
