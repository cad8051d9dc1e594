package dev.tropical.protocol;

import java.util.List;
import java.util.Map;

/**
 * What the job says of a cell, twice a second: that it runs, how full its queue is, how its engines
 * fare and how requests were routed. The cells topic holds the newest of each cell.
 *
 * @param decisions how often each routing rule has decided since the job's start
 */
public record CellReport(CellDepth depth, List<EngineLoad> engines, Map<String, Long> decisions) {
    public CellReport {
        engines = List.copyOf(engines);
        decisions = Map.copyOf(decisions);
    }

    /** The depth alone. */
    public static CellReport of(CellDepth depth) {
        return new CellReport(depth, List.of(), Map.of());
    }
}
