package dev.tropical.scheduling.routing;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a decision of mode tropical costs by the number of engines in its cell: the dearest one, a
 * wait, for which every rule looks at every engine. {@code ./tropical bench router} runs it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecisionBench {
    @Param({"16", "64", "256", "1024"})
    int engines;

    private final TropicalPolicy policy = new TropicalPolicy(TropicalOptions.DEFAULT);
    private final QueuedRequest head = TropicalCell.request("r", 90, 500);
    private TropicalCell cell;

    /** Half of the engines prefill for longer than the head can wait; no decode has slack. */
    @Setup
    public void fill() {
        cell = new TropicalCell();
        for (int i = 0; i < engines / 2; i++) {
            cell.busy("p" + i, 10_000 + i);
            cell.decoding("d" + i, i % 100);
        }
        if (!(policy.decide(head, cell.view, 0) instanceof RouteDecision.Hold)) {
            throw new IllegalStateException("the head leaves (expected: it waits)");
        }
    }

    @Benchmark
    public RouteDecision decide() {
        return policy.decide(head, cell.view, 0);
    }
}
