package dev.tropical.bench;

import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;

/**
 * What the gateway adds to the first token: the same request by turns over HTTP, as a stream, and
 * by a plain Kafka client in the same process, one at a time, through the same job to the same
 * engine. And how soon it frees what clients had that have gone away.
 */
public final class GatewayBench {
    /** Until the JIT has compiled both paths. */
    private static final int WARM_UP_REQUESTS = 1_500;

    private static final double AIM_MS = 2;
    private static final double FREED_AIM_MS = 1_000;
    private static final int DISCONNECTS = 50;
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String BODY =
            "{\"prompt\":\"Once upon a time\",\"max_tokens\":4,\"ignore_eos\":true%s}";

    private final SystemConfig system;
    private final int rounds;
    private final int requests;

    /**
     * @param system with a gateway and an engine that runs {@code --device paced}
     * @param requests of a round, each way
     */
    public GatewayBench(SystemConfig system, int rounds, int requests) {
        if (rounds < 1 || requests < 10) {
            throw new IllegalArgumentException(
                    "rounds " + rounds + ", requests " + requests + " (expected: >= 1, >= 10)");
        }
        this.system = system;
        this.rounds = rounds;
        this.requests = requests;
    }

    /** Returns whether the aim was met. */
    public boolean run(PrintWriter out) throws Exception {
        try (LocalSystem local = new LocalSystem(system);
                CompletionStream kafka = CompletionStream.open(local.kafka(), false);
                StreamCaller http =
                        new StreamCaller(URI.create(String.valueOf(local.gatewayUrl())))) {
            measure(kafka, http, WARM_UP_REQUESTS, new Latencies(), new Latencies());
            double[] plain = new double[rounds];
            double[] gateway = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                Latencies overKafka = new Latencies();
                Latencies overHttp = new Latencies();
                measure(kafka, http, requests, overKafka, overHttp);
                plain[round] = overKafka.percentile(50);
                gateway[round] = overHttp.percentile(50);
                out.printf(
                        Locale.ROOT,
                        "round %d: first token over Kafka p50 %.2f p99 %.2f ms, over HTTP p50 %.2f"
                                + " p99 %.2f ms%n",
                        round + 1,
                        plain[round],
                        overKafka.percentile(99),
                        gateway[round],
                        overHttp.percentile(99));
                out.flush();
            }
            Results results = new Results(out);
            report(Results.median(plain), Results.median(gateway), results);
            reportDisconnects(local, results);
            return results.allMet();
        }
    }

    private void reportDisconnects(LocalSystem local, Results results) throws Exception {
        URI gateway = URI.create(String.valueOf(local.gatewayUrl()));
        int count = system.engines().size();
        try (EngineMonitor engines = EngineMonitor.open(local.kafka(), "bench")) {
            if (!engines.awaitStatuses(count, DEADLINE)) {
                throw new IllegalStateException(
                        "no status of " + count + " engines in " + DEADLINE);
            }
            Disconnects disconnects = new Disconnects(gateway, engines);
            for (Disconnects.Way way : Disconnects.Way.values()) {
                Latencies freed = disconnects.measure(way, DISCONNECTS);
                String key = "gateway.blocks_freed." + way.name().toLowerCase(Locale.ROOT);
                results.value(key + ".p50.ms", freed.percentile(50));
                results.atMost(key + ".max.ms", freed.percentile(100), FREED_AIM_MS);
            }
        }
    }

    private static void report(double plain, double gateway, Results results) {
        results.value("gateway.kafka_first_token.p50.ms", plain);
        results.value("gateway.http_first_token.p50.ms", gateway);
        results.atMost("gateway.overhead.first_token.p50.ms", gateway - plain, AIM_MS);
    }

    /** By turns, so that whatever else the machine does meets both. */
    private static void measure(
            CompletionStream kafka,
            StreamCaller http,
            int requests,
            Latencies overKafka,
            Latencies overHttp)
            throws IOException {
        String streamed = BODY.formatted(",\"stream\":true");
        for (int i = 0; i < requests; i++) {
            overKafka.add(firstTokenMs(kafka));
            overHttp.add(http.firstTokenMs("/v1/completions", streamed));
        }
    }

    private static double firstTokenMs(CompletionStream kafka) {
        byte[] body = BODY.formatted("").getBytes(StandardCharsets.UTF_8);
        long startNs = System.nanoTime();
        double firstMs = 0;
        String id = "bench-" + UUID.randomUUID();
        try (Completion completion = kafka.submit(id, body, DEADLINE)) {
            while (completion.hasNext()) {
                boolean isFirst = completion.next() instanceof Chunk && firstMs == 0;
                firstMs = isFirst ? (System.nanoTime() - startNs) / 1e6 : firstMs;
            }
        }
        return firstMs;
    }
}
