package dev.tropical.scheduling.routing;

import java.io.Serializable;

/**
 * Whether, and how readily, a cell switches its engines' roles by the load that it measures.
 *
 * @param isEnabled off by default: a fixed ratio of roles is what people plan chips by
 * @param sustainNs how long a role must have been short before an engine is given to it. 2 s: twice
 *     the longest prompt that is multiplexed takes on the published hardware, so that no single one
 *     looks like a shortage
 * @param dwellNs least time between two switches of a cell. 30 s: several lives of a request, so
 *     that the last switch shows in the load before the next one
 * @param fullShare share of the strictest TPOT objective that the mean decode iteration may take;
 *     above it decode engines are short. 0.85: there multiplexing ends by the iteration watermark
 * @param spareShare share that it may take at most on the decode engines that would be left when
 *     one is given away. 0.6: far enough below {@code fullShare} that a switch never causes its own
 *     opposite
 */
public record RoleSwitching(
        boolean isEnabled, long sustainNs, long dwellNs, double fullShare, double spareShare)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Roles change by command only. */
    public static final RoleSwitching OFF =
            new RoleSwitching(false, 2_000_000_000L, 30_000_000_000L, 0.85, 0.6);

    public RoleSwitching {
        if (sustainNs < 0 || dwellNs < 0) {
            throw new IllegalArgumentException(
                    "sustainNs " + sustainNs + ", dwellNs " + dwellNs + " (expected: >= 0 each)");
        }
        if (!(spareShare > 0 && spareShare < fullShare && fullShare <= 1)) {
            throw new IllegalArgumentException(
                    "spareShare "
                            + spareShare
                            + ", fullShare "
                            + fullShare
                            + " (expected: 0 < spareShare < fullShare <= 1)");
        }
    }

    /** The same, switched on. */
    public RoleSwitching enabled() {
        return new RoleSwitching(true, sustainNs, dwellNs, fullShare, spareShare);
    }
}
