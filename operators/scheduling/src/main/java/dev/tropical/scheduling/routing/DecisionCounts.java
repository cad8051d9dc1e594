package dev.tropical.scheduling.routing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How often each rule decided: a dispatch under its rule's name, {@code waited} once for each
 * request that was held as the head, {@code rejected}. A request that waited is counted under the
 * rule that ended its wait too.
 */
public final class DecisionCounts {
    /** Requests that were held at least once. */
    public static final String WAITED = "waited";

    /** Requests that left with an error. */
    public static final String REJECTED = "rejected";

    private final Map<String, Long> counts = new TreeMap<>();
    private final Set<String> held = new HashSet<>();

    /** All names that decisions of a policy are counted under. */
    public static List<String> names(RoutingPolicy policy) {
        List<String> names = new ArrayList<>(policy.rules());
        names.add(WAITED);
        names.add(REJECTED);
        return names;
    }

    void held(QueuedRequest request) {
        if (held.add(request.id())) {
            count(WAITED);
        }
    }

    void dispatched(RouteDecision.Dispatch dispatch) {
        count(dispatch.rule());
    }

    void rejected() {
        count(REJECTED);
    }

    /** The request is out of the queue. */
    void left(QueuedRequest request) {
        held.remove(request.id());
    }

    private void count(String rule) {
        counts.merge(rule, 1L, Long::sum);
    }

    /** Since the start; 0 for what never happened. */
    public long of(String rule) {
        return counts.getOrDefault(rule, 0L);
    }

    /** All that happened at least once, by rule; a view. */
    public Map<String, Long> all() {
        return Collections.unmodifiableMap(counts);
    }
}
