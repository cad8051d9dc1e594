package dev.tropical.flink.dispatch;

import dev.tropical.flink.dispatch.Tombstones.Tombstone;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests in flight and the ids that have ended, and which of both have changed since the last
 * snapshot. State is written then and not token by token: a token costs no serialization.
 */
final class RequestTable {
    private final Map<String, InFlightRequest> requests = new LinkedHashMap<>();
    private final Tombstones ended = new Tombstones();
    private final Map<String, Integer> changedRequests = new HashMap<>(); // to their lanes
    private final Map<String, Tombstone> newlyEnded = new LinkedHashMap<>();
    private final Map<String, Tombstone> newlyExpired = new LinkedHashMap<>();

    /** A request from state: unchanged. */
    void restore(InFlightRequest request) {
        requests.put(request.id(), request);
    }

    /** An ended id from state. */
    void restoreEnded(String id, Tombstone tombstone) {
        ended.bury(id, tombstone);
    }

    @Nullable InFlightRequest find(String id) {
        return requests.get(id);
    }

    void add(InFlightRequest request) {
        requests.put(request.id(), request);
        changed(request);
    }

    void changed(InFlightRequest request) {
        changedRequests.put(request.id(), request.lane());
    }

    /** The id has had its ending. */
    void end(String id, int lane, long nowMs) {
        requests.remove(id);
        changedRequests.put(id, lane);
        Tombstone tombstone = new Tombstone(lane, nowMs);
        ended.bury(id, tombstone);
        newlyEnded.put(id, tombstone);
    }

    Tombstones ended() {
        return ended;
    }

    /** A copy, so that a loop over it may end requests. */
    Collection<InFlightRequest> all() {
        return List.copyOf(requests.values());
    }

    int size() {
        return requests.size();
    }

    void expire(long nowMs) {
        ended.expire(
                nowMs,
                (id, tombstone) -> {
                    newlyEnded.remove(id);
                    newlyExpired.put(id, tombstone);
                });
    }

    /** Brings the state up to date. */
    void write(LaneState state) throws Exception {
        for (Map.Entry<String, Integer> changed : changedRequests.entrySet()) {
            InFlightRequest request = requests.get(changed.getKey());
            if (request == null) {
                state.removeRequest(changed.getValue(), changed.getKey());
            } else {
                state.putRequest(request.lane(), request.id(), request.toState());
            }
        }
        for (Map.Entry<String, Tombstone> expired : newlyExpired.entrySet()) {
            state.removeEnded(expired.getValue().lane(), expired.getKey());
        }
        for (Map.Entry<String, Tombstone> newly : newlyEnded.entrySet()) {
            Tombstone tombstone = newly.getValue();
            state.putEnded(tombstone.lane(), newly.getKey(), tombstone.endedAtMs());
        }
        changedRequests.clear();
        newlyEnded.clear();
        newlyExpired.clear();
    }
}
