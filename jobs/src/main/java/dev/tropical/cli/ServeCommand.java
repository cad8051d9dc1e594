package dev.tropical.cli;

import dev.tropical.bench.serve.HttpTarget;
import dev.tropical.bench.serve.KafkaTarget;
import dev.tropical.bench.serve.LoadPlan;
import dev.tropical.bench.serve.LoadTarget;
import dev.tropical.bench.serve.PromptTokens;
import dev.tropical.bench.serve.RecordFile;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.bench.serve.ServeRun;
import dev.tropical.bench.serve.ServeSummary;
import dev.tropical.bench.serve.StopRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Open-loop load against a running system or any server with OpenAI's API. */
@Command(
        name = "serve",
        sortOptions = false,
        description =
                "Send a workload at a rate, whatever comes back, and measure what clients see:"
                        + " tropical bench serve --rate 2 --ttft-ms 500.")
final class ServeCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Mixin KafkaOption kafka;

    @Option(
            names = "--base-url",
            paramLabel = "URL",
            description =
                    "Measure this server instead, http://HOST:PORT/v1: any that serves OpenAI's"
                            + " completions of token ids, and ignore_eos.")
    @Nullable URI baseUrl;

    @Option(
            names = "--served-model-name",
            paramLabel = "NAME",
            description = "The model that requests name. Default: none.")
    @Nullable String model;

    @Option(
            names = "--api-key-env",
            paramLabel = "VARIABLE",
            description = "With --base-url: the environment variable that holds the bearer token.")
    @Nullable String apiKeyVariable;

    @Option(
            names = "--send-slo",
            description = "With --base-url: requests say their objectives, as ours do on Kafka.")
    boolean isSloSent;

    @Mixin LoadOptions load;

    @Option(
            names = "--rate",
            description =
                    "Requests a second; not with --arrivals trace. Default: ${DEFAULT-VALUE}.")
    double rate = 1;

    @Option(
            names = "--seed",
            arity = "1..*",
            description = "A run each, one after the other. Default: 0.")
    List<Long> seeds = List.of(0L);

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the records go. Default: ${DEFAULT-VALUE}.")
    Path outFolder = Path.of("bench-serve");

    @Override
    public Integer call() throws Exception {
        LoadPlan plan = load.plan();
        if (!(rate > 0)) {
            throw new UsageException("--rate: " + rate + " (expected: above 0)");
        }
        Files.createDirectories(outFolder);
        PrintWriter out = spec.commandLine().getOut();
        List<RequestRecord> all = new ArrayList<>();
        try (LoadTarget target = target()) {
            for (long seed : seeds) {
                List<RequestRecord> records = run(target, plan, seed, out);
                new ServePrinter(out).print(ServeSummary.of(records));
                all.addAll(records);
            }
        }
        if (seeds.size() > 1) {
            out.println("all seeds (rates over the longest):");
            new ServePrinter(out).print(ServeSummary.of(all));
        }
        return 0;
    }

    private LoadTarget target() throws UsageException {
        if (baseUrl == null) {
            return new KafkaTarget(kafka.settings());
        }
        if (baseUrl.getHost() == null) {
            throw new UsageException("--base-url: " + baseUrl + " (expected: http://HOST:PORT/v1)");
        }
        return new HttpTarget(baseUrl, apiKeyVariable == null ? null : key(apiKeyVariable));
    }

    private static String key(String variable) throws UsageException {
        String key = System.getenv(variable);
        if (key == null) {
            throw new UsageException("--api-key-env: " + variable + " (expected: that it is set)");
        }
        return key;
    }

    private List<RequestRecord> run(LoadTarget target, LoadPlan plan, long seed, PrintWriter out)
            throws IOException, InterruptedException {
        // Ids are idempotency keys for a day.
        String run = "serve-" + Long.toString(System.currentTimeMillis(), 36) + "-" + seed;
        Path file = outFolder.resolve(run + ".jsonl.gz");
        ServeRun.Settings settings =
                new ServeRun.Settings(
                        run,
                        new PromptTokens(load.vocabSize, run.hashCode()),
                        model,
                        baseUrl == null || isSloSent,
                        load.warmUp(),
                        load.drain(),
                        StopRule.NEVER);
        try (RecordFile records = RecordFile.create(file, about(seed))) {
            List<RequestRecord> seen =
                    new ServeRun(target, settings, out).run(plan.at(rate, seed), records);
            out.println("records: " + file);
            return seen;
        }
    }

    private Map<String, String> about(long seed) {
        Map<String, String> about = new TreeMap<>();
        about.put("target", baseUrl == null ? kafka.bootstrapServers : baseUrl.toString());
        about.put("workload", load.workload);
        about.put("arrivals", load.arrivals);
        about.put("rate", Double.toString(rate));
        about.put("seed", Long.toString(seed));
        return about;
    }
}
