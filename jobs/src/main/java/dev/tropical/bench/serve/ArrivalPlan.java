package dev.tropical.bench.serve;

import dev.tropical.simulator.Arrivals;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * When a workload's requests are sent. Equal seeds give equal lengths whatever the kind, and with
 * {@link Kind#POISSON} the very requests that the simulator runs.
 *
 * @param kind of gaps
 * @param rate requests/s on average; unused by {@link Kind#TRACE}
 * @param burstiness shape of gamma gaps: 1 is Poisson, less comes in bursts
 */
public record ArrivalPlan(Kind kind, double rate, double burstiness) {
    private static final double NS_PER_SECOND = 1e9;

    /** Makes the gaps' draws others than those of the lengths. */
    private static final long GAPS = 0x9e3779b97f4a7c15L;

    /** How gaps come about. */
    public enum Kind {
        POISSON,
        GAMMA,
        TRACE
    }

    public ArrivalPlan {
        if (kind != Kind.TRACE && !(rate > 0 && burstiness > 0)) {
            throw new IllegalArgumentException(
                    "rate " + rate + ", burstiness " + burstiness + " (expected: > 0 each)");
        }
    }

    /** The first {@code count} requests, by the instants at which they are due. */
    public List<SimulatedRequest> requests(Workload workload, int count, long seed) {
        return switch (kind) {
            case POISSON -> workload.poisson(count, rate, seed);
            case GAMMA -> gamma(workload.poisson(count, rate, seed), new Random(seed ^ GAPS));
            case TRACE -> spread(workload.requests(Arrivals.TRACE, count, 0, 0));
        };
    }

    private List<SimulatedRequest> gamma(List<SimulatedRequest> requests, Random random) {
        List<SimulatedRequest> moved = new ArrayList<>(requests.size());
        double seconds = 0;
        for (SimulatedRequest request : requests) {
            seconds += standardGamma(burstiness, random) / (burstiness * rate);
            moved.add(at(request, Math.round(seconds * NS_PER_SECOND)));
        }
        return moved;
    }

    /** Marsaglia and Tsang's method; shapes below 1 by a power of a uniform draw. */
    static double standardGamma(double shape, Random random) {
        if (shape < 1) {
            return standardGamma(shape + 1, random) * Math.pow(1 - random.nextDouble(), 1 / shape);
        }
        double d = shape - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        while (true) {
            double normal = random.nextGaussian();
            double v = Math.pow(1 + c * normal, 3);
            double limit = 0.5 * normal * normal + d - d * v + d * Math.log(v);
            if (v > 0 && Math.log(1 - random.nextDouble()) < limit) {
                return d * v;
            }
        }
    }

    /** Requests of one instant, as on a trace's coarse clock, are spread until the next one. */
    static List<SimulatedRequest> spread(List<SimulatedRequest> requests) {
        List<SimulatedRequest> moved = new ArrayList<>(requests.size());
        long tickNs = 0;
        for (int first = 0; first < requests.size(); ) {
            long atNs = requests.get(first).arrivedNs();
            int next = first;
            while (next < requests.size() && requests.get(next).arrivedNs() == atNs) {
                next++;
            }
            // The last ones get as long as those before them.
            tickNs = next < requests.size() ? requests.get(next).arrivedNs() - atNs : tickNs;
            for (int i = first; i < next; i++) {
                moved.add(at(requests.get(i), atNs + tickNs * (i - first) / (next - first)));
            }
            first = next;
        }
        return moved;
    }

    private static SimulatedRequest at(SimulatedRequest request, long arrivedNs) {
        return new SimulatedRequest(
                request.id(),
                arrivedNs,
                request.promptTokens(),
                request.outputTokens(),
                request.slo(),
                request.prefixIds());
    }
}
