package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.Outbound;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The sockets' side of the mailboxes, in memory; never waits. */
final class FakePort implements EnginePort {
    final Deque<Inbound> inbound = new ArrayDeque<>();
    final List<Outbound> outbound = new ArrayList<>();

    /** Connections whose events are dropped, as by a full queue. */
    final Set<ByteString> full = new HashSet<>();

    int frameCredits = 4;
    private final @Nullable BulkPort bulk;

    FakePort(@Nullable BulkPort bulk) {
        this.bulk = bulk;
    }

    @Override
    public Optional<Inbound> receive(long timeoutNs) {
        return Optional.ofNullable(inbound.poll());
    }

    @Override
    public boolean send(Outbound message) {
        if (message instanceof Outbound.Events events && full.contains(events.connection())) {
            inbound.add(new Inbound.Undelivered(events));
            return true;
        }
        return outbound.add(message);
    }

    @Override
    public int frameCredits(String engineId) {
        return frameCredits;
    }

    @Override
    public Optional<BulkPort> bulk() {
        return Optional.ofNullable(bulk);
    }

    /** Takes what was sent since the last call. */
    List<Outbound> take() {
        List<Outbound> taken = List.copyOf(outbound);
        outbound.clear();
        return taken;
    }
}
