package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.Lanes;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which epoch of each lane this engine serves, and over which connection. An epoch is one life of
 * the lane's operator: commands of any other are refused, so that a dead one cannot disturb its
 * successor. Loop thread.
 */
final class LaneEpochs {
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final long[] epochs = new long[Lanes.COUNT];
    private final @Nullable ByteString[] connections = new ByteString[Lanes.COUNT];

    LaneEpochs() {
        Arrays.fill(epochs, UNKNOWN);
    }

    /** False, and nothing changes, when the lane has seen a higher epoch. */
    boolean takeOver(int lane, long epoch, ByteString connection) {
        if (!Lanes.isLane(lane) || epoch < epochs[lane]) {
            return false;
        }
        epochs[lane] = epoch;
        connections[lane] = connection;
        return true;
    }

    /**
     * Whether a command of this lane and epoch is to be applied. One that is shows that its
     * connection stands: a lane whose own was given up is reached over it from now on.
     */
    boolean isCurrent(int lane, long epoch, ByteString connection) {
        if (!Lanes.isLane(lane) || epochs[lane] != epoch || epoch == UNKNOWN) {
            return false;
        }
        if (connections[lane] == null) {
            connections[lane] = connection;
        }
        return true;
    }

    /** The lane's epoch, or {@code otherwise} before its first Hello. */
    long epoch(int lane, long otherwise) {
        return epochs[lane] == UNKNOWN ? otherwise : epochs[lane];
    }

    /** Why a command of this epoch is refused. */
    String staleness(int lane, long epoch) {
        return "epoch of lane " + lane + ": " + epoch + " (expected: " + expected(lane) + ")";
    }

    private String expected(int lane) {
        if (!Lanes.isLane(lane)) {
            return "a lane in [0, " + Lanes.COUNT + ")";
        }
        return epochs[lane] == UNKNOWN ? "a Hello first" : Long.toString(epochs[lane]);
    }

    /** Where the lane's events go; empty before its first Hello, or when it cannot be reached. */
    Optional<ByteString> connection(int lane) {
        return Optional.ofNullable(connections[lane]);
    }

    /** The connection is given up: its lanes are reached over the next one that they use. */
    void forget(ByteString connection) {
        for (int lane = 0; lane < connections.length; lane++) {
            if (connection.equals(connections[lane])) {
                connections[lane] = null;
            }
        }
    }
}
