package dev.tropical.bench.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tropical.kafka.CompletionStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Greedy and sampled requests at a fixed rate, and the traces of what came back. */
final class ChaosLoad {
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final List<String> PROMPTS =
            List.of("Once upon a time", "The dog was", "Mia had a red", "In the morning");

    private final CompletionStream client;
    private final String name;
    private final ChaosOptions options;
    private final List<RequestTrace> traces = new ArrayList<>();
    private volatile long lastTokenNs;
    private volatile boolean isSent;

    /**
     * @param name of the run, part of each request's id
     */
    ChaosLoad(CompletionStream client, String name, ChaosOptions options) {
        this.client = client;
        this.name = name;
        this.options = options;
    }

    /** Number of kinds of requests: each prompt greedy, with a seed, and without. */
    static int kinds() {
        return 3 * PROMPTS.size();
    }

    /** Whether its text is the same each time. */
    static boolean isRepeatable(int kind) {
        return kind / PROMPTS.size() < 2;
    }

    private String body(int kind) {
        String sampling =
                switch (kind / PROMPTS.size()) {
                    case 0 -> "\"temperature\":0";
                    case 1 -> "\"temperature\":1,\"seed\":5";
                    default -> "\"temperature\":1";
                };
        return "{\"prompt\":\"%s\",\"max_tokens\":%d,\"ignore_eos\":true,%s}"
                .formatted(PROMPTS.get(kind % PROMPTS.size()), options.tokens(), sampling);
    }

    /** One of each kind while nothing breaks: what each must say. */
    List<String> textsAlone() throws InterruptedException {
        List<RequestTrace> alone = new ArrayList<>();
        for (int kind = 0; kind < kinds(); kind++) {
            alone.add(submit(name + "-alone-" + kind, kind));
        }
        await(alone);
        return alone.stream().map(RequestTrace::text).toList();
    }

    /** Sends all requests at their rate, on a thread of its own that ends with the last. */
    void start() {
        Thread sender = new Thread(this::run, name + "-load");
        sender.setDaemon(true);
        sender.start();
    }

    private void run() {
        long startNs = System.nanoTime();
        try {
            for (int i = 0; i < options.requests(); i++) {
                long dueNs = startNs + i * TimeUnit.SECONDS.toNanos(1) / options.perSecond();
                TimeUnit.NANOSECONDS.sleep(Math.max(0, dueNs - System.nanoTime()));
                RequestTrace trace = submit(name + "-" + i, i % kinds());
                synchronized (traces) {
                    traces.add(trace);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            isSent = true;
        }
    }

    private RequestTrace submit(String id, int kind) {
        RequestTrace trace = new RequestTrace(kind, System.nanoTime(), ns -> lastTokenNs = ns);
        client.submit(id, body(kind).getBytes(UTF_8), DEADLINE, trace);
        return trace;
    }

    boolean isSent() {
        return isSent;
    }

    /** Whether a token came within the last second. */
    boolean isFlowing() {
        return System.nanoTime() - lastTokenNs < TimeUnit.SECONDS.toNanos(1);
    }

    /** All traces, once each is over or its deadline has passed. */
    List<RequestTrace> await() throws InterruptedException {
        List<RequestTrace> all;
        synchronized (traces) {
            all = List.copyOf(traces);
        }
        await(all);
        return all;
    }

    private static void await(List<RequestTrace> traces) throws InterruptedException {
        long deadlineNs = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < deadlineNs && !traces.stream().allMatch(RequestTrace::isOver)) {
            Thread.sleep(50);
        }
    }
}
