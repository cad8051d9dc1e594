package dev.tropical.bench;

import dev.tropical.jobs.FlinkSettings;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.LocalFlink;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * What the job adds to a token's way. Engines are paced (no arithmetic fights for the cores); a
 * bare Kafka -> Flink -> Kafka copy job in the same cluster, fed with as many records as the
 * engines make tokens, is the measure. Rounds of the two alternate, and medians over the rounds are
 * compared.
 */
public final class OverheadBench {
    private static final int IN_FLIGHT = 40;
    private static final int STEP_MS = 50;
    private static final int TOKENS = 20;

    /** Until the JIT has compiled both paths; the engine's side runs as long. */
    private static final int WARM_UP_SECONDS = 20;

    private static final Duration LIFETIME = Duration.ofMillis((long) STEP_MS * TOKENS);
    private static final String COPY_FROM = "copy.in";
    private static final String COPY_TO = "copy.out";

    private final SystemConfig system;
    private final int vocabSize;
    private final int rounds;
    private final int seconds;

    /**
     * @param system with engines that run {@code --device clock --step-ms 50}
     * @param vocabSize of the served model
     */
    public OverheadBench(SystemConfig system, int vocabSize, int rounds, int seconds) {
        if (rounds < 1 || seconds < 5) {
            throw new IllegalArgumentException(
                    "rounds " + rounds + ", seconds " + seconds + " (expected: >= 1, >= 5)");
        }
        this.system = system;
        this.vocabSize = vocabSize;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Returns whether every aim was met. */
    public boolean run(PrintWriter out) throws Exception {
        try (LocalSystem local = new LocalSystem(system)) {
            String bootstrap = local.kafka().bootstrapServers();
            createCopyTopics(bootstrap);
            local.flink().run(copyGraph(bootstrap));
            try (CompletionStream client = CompletionStream.open(local.kafka(), false);
                    CopyRound copy = new CopyRound(bootstrap, COPY_FROM, COPY_TO)) {
                return measure(copy, new EngineRound(client, vocabSize, TOKENS), out);
            }
        }
    }

    private boolean measure(CopyRound copy, EngineRound engine, PrintWriter out)
            throws InterruptedException {
        Duration timeout = Duration.ofSeconds(seconds * 3L + 30);
        copy.run(IN_FLIGHT, STEP_MS, WARM_UP_SECONDS);
        engine.run(IN_FLIGHT, requests(WARM_UP_SECONDS), LIFETIME, timeout);
        double[][] figures = new double[5][rounds];
        for (int round = 0; round < rounds; round++) {
            Latencies copied = copy.run(IN_FLIGHT, STEP_MS, seconds);
            EngineRound.Measured measured =
                    engine.run(IN_FLIGHT, requests(seconds), LIFETIME, timeout);
            figures[0][round] = copied.percentile(50);
            figures[1][round] = copied.percentile(99);
            figures[2][round] = measured.firstTokens().percentile(50);
            figures[3][round] = measured.tokens().percentile(50);
            figures[4][round] = measured.tokens().percentile(99);
            out.printf(
                    Locale.ROOT,
                    "round %d: copy p50 %.2f p99 %.2f ms (%d records); first token p50 %.2f ms"
                            + " (%d); token p50 %.2f p99 %.2f ms (%d)%n",
                    round + 1,
                    figures[0][round],
                    figures[1][round],
                    copied.count(),
                    figures[2][round],
                    measured.firstTokens().count(),
                    figures[3][round],
                    figures[4][round],
                    measured.tokens().count());
            out.flush();
        }
        return report(figures, new Results(out));
    }

    /** How many requests keep the engines busy for so long. */
    private static int requests(int seconds) {
        return (int) (IN_FLIGHT * Duration.ofSeconds(seconds).toMillis() / LIFETIME.toMillis());
    }

    private static boolean report(double[][] figures, Results results) {
        double copyP50 = Results.median(figures[0]);
        double copyP99 = Results.median(figures[1]);
        results.value("overhead.copy.p50.ms", copyP50);
        results.value("overhead.copy.p99.ms", copyP99);
        results.atMost("overhead.first_token.p50.ms", Results.median(figures[2]), copyP50 + 5);
        results.atMost("overhead.token.p50.ms", Results.median(figures[3]), 1.5 * copyP50);
        results.atMost("overhead.token.p99.ms", Results.median(figures[4]), 2 * copyP99);
        return results.allMet();
    }

    private JobGraph copyGraph(String bootstrap) {
        Configuration settings =
                FlinkSettings.of(
                        system.job().parallelism(),
                        LocalFlink.checkpoints(system.dataDir().resolve("copy")));
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.getExecutionEnvironment(settings);
        CopyJob.build(env, bootstrap, COPY_FROM, COPY_TO);
        return env.getStreamGraph().getJobGraph();
    }

    private static void createCopyTopics(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(COPY_FROM, 12, (short) 1),
                                    new NewTopic(COPY_TO, 12, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
