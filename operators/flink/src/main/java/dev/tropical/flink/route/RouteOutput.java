package dev.tropical.flink.route;

import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RouteInput;

/** Where a cell's decisions go, and its queue's keyed state; called on the task thread. */
interface RouteOutput {
    void emit(LaneInput input);

    void report(CellReport report);

    /** Keeps a queued request or retry. */
    void keep(int cell, String id, RouteInput queued) throws Exception;

    /** It is no longer queued. */
    void forget(int cell, String id) throws Exception;
}
