package dev.tropical.engine.transfer;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The other engines of the cell, and the newest status of each. Loop thread. */
public final class PeerDirectory {
    /** A peer that is given something new has spoken within this time. */
    private static final long FRESH_NS = 400_000_000L;

    private record Seen(EngineStatus status, long atNs) {}

    private final String selfId;
    private final long peerTimeoutNs;
    private final Map<String, EngineInfo> members = new HashMap<>();
    private final Map<String, Seen> statuses = new HashMap<>();
    private long version = -1;

    public PeerDirectory(String selfId, TransferOptions options) {
        this.selfId = selfId;
        this.peerTimeoutNs = options.peerTimeout().toNanos();
    }

    /**
     * The registry's list, this engine among it or not.
     *
     * @return false, and nothing changes, when a later version came before
     */
    public boolean update(long newVersion, List<EngineInfo> engines) {
        if (newVersion < version) {
            return false;
        }
        version = newVersion;
        members.clear();
        for (EngineInfo engine : engines) {
            if (!engine.getEngineId().equals(selfId)) {
                members.put(engine.getEngineId(), engine);
            }
        }
        statuses.keySet().retainAll(members.keySet());
        return true;
    }

    /** The other engines of the last list. */
    public List<EngineInfo> members() {
        return List.copyOf(members.values());
    }

    /** Statuses of engines or incarnations that are no members are ignored. */
    public void seen(EngineStatus status, long nowNs) {
        EngineInfo member = members.get(status.getEngineId());
        if (member != null && member.getIncarnation().equals(status.getIncarnation())) {
            statuses.put(status.getEngineId(), new Seen(status, nowNs));
        }
    }

    /** Whether the peer has spoken lately. */
    boolean isAlive(String engineId, long nowNs) {
        Seen seen = statuses.get(engineId);
        return seen != null && nowNs - seen.atNs() < peerTimeoutNs;
    }

    /** As {@link #isAlive(String, long)}, and the same process as before. */
    boolean isAlive(String engineId, String incarnation, long nowNs) {
        return isAlive(engineId, nowNs) && incarnation(engineId).equals(incarnation);
    }

    /** The present one of a member, empty for others. */
    String incarnation(String engineId) {
        EngineInfo member = members.get(engineId);
        return member == null ? "" : member.getIncarnation();
    }

    /** The newest statuses of the peers that are ready, and have not missed four heartbeats. */
    List<EngineStatus> ready(long nowNs) {
        List<EngineStatus> ready = new ArrayList<>();
        for (Seen seen : statuses.values()) {
            if (nowNs - seen.atNs() < FRESH_NS && seen.status().getReady()) {
                ready.add(seen.status());
            }
        }
        return ready;
    }
}
