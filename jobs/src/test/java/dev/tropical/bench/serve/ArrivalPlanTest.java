package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.bench.serve.ArrivalPlan.Kind;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.TraceEntry;
import dev.tropical.simulator.Workload;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArrivalPlanTest {
    private static final int COUNT = 20_000;
    private static final Workload WORKLOAD =
            workload(new TraceEntry(0, 10, 1), new TraceEntry(0, 20, 2), new TraceEntry(0, 30, 3));

    private static Workload workload(TraceEntry... entries) {
        return new Workload(
                List.of(entries), StepCost.newBuilder().setA(0.1).build(), 1, 1_000_000);
    }

    private static double[] gaps(List<SimulatedRequest> requests) {
        return IntStream.range(1, requests.size())
                .mapToDouble(
                        i -> (requests.get(i).arrivedNs() - requests.get(i - 1).arrivedNs()) / 1e9)
                .toArray();
    }

    private static double mean(double[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElse(0);
    }

    /** Standard deviation over mean: 1 for Poisson, 1 / sqrt(shape) for gamma. */
    private static double variation(double[] values) {
        double mean = mean(values);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / values.length) / mean;
    }

    @Test
    void shouldDrawThePoissonArrivalsThatTheSimulatorRuns() {
        List<SimulatedRequest> requests =
                new ArrivalPlan(Kind.POISSON, 4, 1).requests(WORKLOAD, COUNT, 7);
        assertThat(requests).isEqualTo(WORKLOAD.poisson(COUNT, 4, 7));
        assertThat(mean(gaps(requests))).isCloseTo(0.25, within(0.01));
        assertThat(variation(gaps(requests))).isCloseTo(1, within(0.05));
    }

    @Test
    void shouldKeepRateAndLengthsWhileGammaArrivalsComeInBursts() {
        List<SimulatedRequest> requests =
                new ArrivalPlan(Kind.GAMMA, 4, 0.25).requests(WORKLOAD, COUNT, 7);
        assertThat(mean(gaps(requests))).isCloseTo(0.25, within(0.02));
        assertThat(variation(gaps(requests))).as("1 / sqrt(0.25)").isCloseTo(2, within(0.15));
        assertThat(requests.stream().map(SimulatedRequest::promptTokens))
                .containsExactlyElementsOf(
                        WORKLOAD.poisson(COUNT, 4, 7).stream()
                                .map(SimulatedRequest::promptTokens)
                                .toList());
        assertThat(requests)
                .isEqualTo(new ArrivalPlan(Kind.GAMMA, 4, 0.25).requests(WORKLOAD, COUNT, 7));
    }

    @Test
    void shouldSendATraceAtItsOwnInstantsAndSpreadThoseOfOneTick() {
        Workload recorded =
                workload(
                        new TraceEntry(0, 10, 1),
                        new TraceEntry(0, 11, 1),
                        new TraceEntry(0, 12, 1),
                        new TraceEntry(3_000, 13, 1),
                        new TraceEntry(3_000, 14, 1));
        assertThat(new ArrivalPlan(Kind.TRACE, 0, 0).requests(recorded, 5, 0))
                .extracting(request -> request.arrivedNs() / 1_000_000)
                .as("the last tick is as long as the one before")
                .containsExactly(0L, 1_000L, 2_000L, 3_000L, 4_500L);
    }

    @Test
    void shouldRefuseARateThatIsNone() {
        assertThatThrownBy(() -> new ArrivalPlan(Kind.POISSON, 0, 1))
                .hasMessage("rate 0.0, burstiness 1.0 (expected: > 0 each)");
    }
}
