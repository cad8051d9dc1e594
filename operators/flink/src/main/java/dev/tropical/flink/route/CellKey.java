package dev.tropical.flink.route;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.java.functions.KeySelector;

/** The key of the router's input: its cell's. */
public final class CellKey implements KeySelector<RouteInput, Integer> {
    private static final long serialVersionUID = 1L;

    private final RouteOptions options;

    public CellKey(RouteOptions options) {
        this.options = options;
    }

    @Override
    public Integer getKey(RouteInput input) {
        return KeyGroups.ofCell(options.cellOf(input.getCell()), options.cells());
    }
}
