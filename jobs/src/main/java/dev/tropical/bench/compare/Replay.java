package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.TropicalConfigOptions;
import dev.tropical.protocol.wire.BatchLimits;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalOptions.Multiplexing;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import dev.tropical.simulator.CellSimulation;
import dev.tropical.simulator.RequestResult;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.SystemSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.util.TimeUtils;

/** Measured runs again in the simulator: the very same requests at the same instants. */
public final class Replay {
    private final Deployment deployment;

    /**
     * What the measured engines were.
     *
     * @param prefill engines that start as prefill engines
     * @param decode the others; systems that do not split have as many engines as both together
     * @param batches limits of the systems' batches
     * @param maxModelLen tokens of prompt and completion together
     * @param hardware cost of a step, as profiled, and the KV pool
     * @param timing messages and KV transfers
     */
    public record Deployment(
            int prefill,
            int decode,
            ServedSystem.Engines batches,
            int maxModelLen,
            SystemSpec.Hardware hardware,
            SystemSpec.Timing timing) {}

    public Replay(Deployment deployment) {
        this.deployment = deployment;
    }

    /**
     * How the requests of a run that are not its warm-up fare.
     *
     * @throws IllegalArgumentException when there is no system of the run's name
     */
    List<RequestResult> run(StoredRun run) {
        List<RequestRecord> records = run.content().records();
        List<SimulatedRequest> requests =
                records.stream()
                        .map(RequestRecord::request)
                        .sorted(Comparator.comparingLong(SimulatedRequest::arrivedNs))
                        .toList();
        Set<String> warmUp =
                records.stream()
                        .filter(RequestRecord::isWarmUp)
                        .map(record -> record.request().id())
                        .collect(Collectors.toSet());
        return new CellSimulation(system(run.point().system()), requests, 0)
                .run().stream().filter(result -> !warmUp.contains(result.request().id())).toList();
    }

    private SystemSpec system(String name) {
        ServedSystem served = ServedSystem.parse(name, deployment.batches);
        SystemSpec.Engines prefill = engines(deployment.prefill, served.limits().getPrefill());
        SystemSpec.Engines decode = engines(deployment.decode, served.limits().getDecode());
        int all = deployment.prefill + deployment.decode;
        return new SystemSpec(
                name,
                policy(served, deployment.hardware.cost()),
                served.isColocated() ? new SystemSpec.Engines(0, prefill.limits()) : prefill,
                served.isColocated() ? new SystemSpec.Engines(all, decode.limits()) : decode,
                deployment.hardware,
                deployment.timing);
    }

    /** As an engine makes them of what it is told. */
    private SystemSpec.Engines engines(int count, BatchLimits limits) {
        int slots = deployment.batches.maxNumSeqs();
        return new SystemSpec.Engines(
                count,
                new BatchConfig(
                        limits.getMaxNumBatchedTokens(),
                        slots,
                        deployment.maxModelLen,
                        limits.getChunkedPrefill(),
                        limits.getMaxPrefills(),
                        Math.min(slots, deployment.hardware.numBlocks() / 100),
                        limits.getPromptFirst()));
    }

    /** As the job makes it of the system's options. */
    private static Supplier<RoutingPolicy> policy(ServedSystem served, StepCost profile) {
        TropicalOptions options = tropical(served.jobOptions()).with(profile);
        return switch (served.mode()) {
            case "vllm" -> () -> new VllmPolicy(QueueTimeout.OFF);
            case "distserve" -> () -> new DistServePolicy(QueueTimeout.OFF);
            default -> () -> new TropicalPolicy(options);
        };
    }

    private static TropicalOptions tropical(Map<String, String> jobOptions) {
        TropicalOptions options = TropicalOptions.DEFAULT;
        String tokens = jobOptions.get(TropicalConfigOptions.MAX_MULTIPLEXED_TOKENS.key());
        if (tokens != null) {
            Multiplexing usual = options.multiplexing();
            options =
                    options.with(
                            new Multiplexing(
                                    usual.iterationWatermark(),
                                    usual.residentWatermark(),
                                    Integer.parseInt(tokens)));
        }
        String patience = jobOptions.get(InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR.key());
        return patience == null
                ? options
                : options.with(new QueueTimeout(TimeUtils.parseDuration(patience).toNanos()));
    }
}
