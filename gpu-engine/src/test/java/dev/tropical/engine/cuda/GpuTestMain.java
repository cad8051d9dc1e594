package dev.tropical.engine.cuda;

import static java.util.Map.entry;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.tropical.engine.CudaEnginesGpuTest;
import dev.tropical.engine.PairEnginesGpuTest;
import dev.tropical.engine.PairProcessesGpuTest;
import dev.tropical.engine.transfer.ConvertedBlocksGpuTest;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs the GPU tests where there is no Maven. Fails unless every test ran and passed: a GPU run
 * that skips one proves nothing.
 */
final class GpuTestMain {
    private static final Map<String, Class<?>> TESTS =
            Map.ofEntries(
                    entry("float32", Float32GpuTest.class),
                    entry("kernels", KernelsGpuTest.class),
                    entry("products", VectorProductGpuTest.class),
                    entry("attention", AttentionGpuTest.class),
                    entry("sampling", SamplingGpuTest.class),
                    entry("logits", ReferenceLogitsGpuTest.class),
                    entry("runner", CudaModelRunnerGpuTest.class),
                    entry("engines", CudaEnginesGpuTest.class),
                    entry("mover", BlockMoverGpuTest.class),
                    entry("blocks", ConvertedBlocksGpuTest.class),
                    entry("copy", CopyLinkGpuTest.class));

    /** On two GPUs; run where they are asked for. */
    private static final Map<String, Class<?>> PAIR_TESTS =
            Map.of(
                    "exchange", ExchangeGpuTest.class,
                    "links", NcclLinkGpuTest.class,
                    "pair-engines", PairEnginesGpuTest.class,
                    "pair-processes", PairProcessesGpuTest.class,
                    "tp-logits", TensorParallelLogitsGpuTest.class,
                    "tp-runner", TensorParallelRunnerGpuTest.class,
                    "tp-size", TensorParallelSizeGpuTest.class);

    private GpuTestMain() {}

    /** Names of test classes; all those for one GPU if none, {@code pair} all those for two. */
    public static void main(String[] names) {
        List<String> wanted = Arrays.asList(names);
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        select(TESTS, wanted, wanted.isEmpty(), request);
        select(PAIR_TESTS, wanted, wanted.contains("pair"), request);
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(request.build(), summary, new Printer());
        TestExecutionSummary result = summary.getSummary();
        result.printTo(new PrintWriter(System.out, true));
        for (TestExecutionSummary.Failure failure : result.getFailures()) {
            System.out.println("FAILED " + failure.getTestIdentifier().getDisplayName());
            failure.getException().printStackTrace(System.out);
        }
        boolean isGreen =
                result.getTestsFoundCount() > 0
                        && result.getTestsSucceededCount() == result.getTestsFoundCount();
        System.out.println(isGreen ? "GPU TESTS PASSED" : "GPU TESTS FAILED");
        System.exit(isGreen ? 0 : 1);
    }

    private static void select(
            Map<String, Class<?>> tests,
            List<String> wanted,
            boolean isAll,
            LauncherDiscoveryRequestBuilder request) {
        tests.forEach(
                (name, test) -> {
                    if (isAll || wanted.contains(name)) {
                        request.selectors(selectClass(test));
                    }
                });
    }

    private static final class Printer implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                System.out.println(result.getStatus() + " " + test.getUniqueId());
            }
        }
    }
}
