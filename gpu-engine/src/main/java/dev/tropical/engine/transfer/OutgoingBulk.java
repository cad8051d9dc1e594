package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.bulk.BulkSender;
import dev.tropical.protocol.wire.KvReserved;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender's connections for frames in clear text, where this engine and the peer want them. A
 * peer that cannot be reached so gets its frames with the commands, and after a while another try.
 * Loop thread.
 */
final class OutgoingBulk {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingBulk.class);

    private final Optional<BulkPort> port;
    private final TransferOptions options;
    private final Map<String, Long> pausedUntilNs = new HashMap<>();

    OutgoingBulk(Optional<BulkPort> port, TransferOptions options) {
        this.port = port;
        this.options = options;
    }

    /** Begins to connect to where the peer takes this reservation's frames, if it says so. */
    Optional<BulkSender> open(String peer, KvReserved answer, long nowNs) {
        boolean isPaused = nowNs - pausedUntilNs.getOrDefault(peer, nowNs) < 0;
        if (port.isEmpty() || answer.getKvToken().isEmpty() || isPaused) {
            return Optional.empty();
        }
        ByteString address = answer.getKvAddress();
        try {
            return Optional.of(
                    port.get()
                            .connect(
                                    address.toByteArray(),
                                    answer.getKvPort(),
                                    answer.getKvToken().toByteArray(),
                                    options.reserveTimeout(),
                                    options.idleTimeout(),
                                    nowNs));
        } catch (IOException e) {
            pause(peer, e.toString(), nowNs);
            return Optional.empty();
        }
    }

    /** Goes on with a departure's frames; returns why that failed, or nothing. */
    String turn(Departure departure, long nowNs) {
        BulkSender sender = departure.bulk();
        if (sender == null) {
            return "";
        }
        sender.turn(nowNs);
        String failure = sender.failure();
        if (failure == null) {
            return "";
        }
        if (sender.isUnreachable()) {
            pause(departure.peer(), failure, nowNs);
        }
        return "the connection for KV frames: " + failure;
    }

    /** What goes to the peer goes with the commands for a while. */
    private void pause(String peer, String why, long nowNs) {
        LOG.warn("KV frames to {} go with the commands for {}: {}", peer, options.linkPause(), why);
        pausedUntilNs.put(peer, nowNs + options.linkPause().toNanos());
    }
}
