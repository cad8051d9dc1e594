package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.RequestError;
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
    private final Tombstones ended;
    private final Map<String, RequestError> rejections = new LinkedHashMap<>(); // not yet applied
    private final Map<String, Integer> changedRequests = new HashMap<>(); // to their lanes

    RequestTable(Tombstones ended) {
        this.ended = ended;
    }

    /** A request from state: unchanged. */
    void restore(InFlightRequest request) {
        requests.put(request.id(), request);
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

    /** The router has rejected the id; {@link #takeRejections} tells when that can be judged. */
    void reject(RequestError rejection) {
        rejections.put(rejection.getId(), rejection);
        changedRequests.put(rejection.getId(), rejection.getLane());
    }

    List<RequestError> takeRejections() {
        List<RequestError> taken = List.copyOf(rejections.values());
        rejections.clear();
        taken.forEach(each -> changedRequests.put(each.getId(), each.getLane()));
        return taken;
    }

    /** The id has had its ending. */
    void end(String id, int lane, long nowMs) {
        requests.remove(id);
        changedRequests.put(id, lane);
        ended.bury(id, nowMs);
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

    /** Brings the state up to date. */
    void write(LaneState state) throws Exception {
        for (Map.Entry<String, Integer> changed : changedRequests.entrySet()) {
            writeRequest(changed.getKey(), changed.getValue(), state);
        }
        ended.write(state);
        changedRequests.clear();
    }

    private void writeRequest(String id, int lane, LaneState state) throws Exception {
        InFlightRequest request = requests.get(id);
        RequestError rejection = rejections.get(id);
        if (request != null) {
            state.putRequest(lane, id, request.toState());
        } else if (rejection != null) {
            state.putRequest(lane, id, InFlight.newBuilder().setRejection(rejection).build());
        } else {
            state.removeRequest(lane, id);
        }
    }
}
