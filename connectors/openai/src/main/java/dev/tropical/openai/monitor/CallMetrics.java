package dev.tropical.openai.monitor;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What this gateway's calls took, under vLLM's names and buckets. For any thread. */
public final class CallMetrics {
    private static final int MOST_TOKENS = 200_000; // beyond any context served today

    private final Histogram firstToken =
            new Histogram(
                    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5,
                    7.5, 10, 20, 40, 80, 160, 640, 2560);
    private final Histogram interToken = tokenLatencies();
    private final Histogram perOutputToken = tokenLatencies();
    private final Histogram wholeRequest =
            new Histogram(
                    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480,
                    960, 1920, 7680);
    private final Histogram promptTokens = Histogram.ofTokens(MOST_TOKENS);
    private final Histogram generatedTokens = Histogram.ofTokens(MOST_TOKENS);
    private final Map<String, LongAdder> finishes = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> failures = new ConcurrentSkipListMap<>();
    private final RecentCalls recent = new RecentCalls();

    public CallMetrics() {
        for (String reason : new String[] {"stop", "length", "cancelled", "error"}) {
            finishes.put(reason, new LongAdder());
        }
    }

    private static Histogram tokenLatencies() {
        return new Histogram(
                0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
                20, 40, 80);
    }

    /** The calls of the last minutes. */
    public RecentCalls recent() {
        return recent;
    }

    /** A call was turned away, or ended with an error. */
    public void failed(String code) {
        failures.computeIfAbsent(code, key -> new LongAdder()).increment();
    }

    void firstTokenAfter(double seconds) {
        firstToken.add(seconds);
    }

    void nextTokenAfter(double seconds) {
        interToken.add(seconds);
    }

    void finished(String reason) {
        finishes.computeIfAbsent(reason, key -> new LongAdder()).increment();
    }

    void ended(double seconds, int prompt, int generated) {
        wholeRequest.add(seconds);
        promptTokens.add(prompt);
        generatedTokens.add(generated);
    }

    void perOutputToken(double seconds) {
        perOutputToken.add(seconds);
    }

    void writeTo(Exposition out) {
        firstToken.writeTo(
                out, "vllm:time_to_first_token_seconds", "Arrival to the first token, seconds.");
        interToken.writeTo(
                out,
                "vllm:inter_token_latency_seconds",
                "Between two chunks of a choice, seconds.");
        perOutputToken.writeTo(
                out,
                "vllm:request_time_per_output_token_seconds",
                "A request's mean time a token after its first, seconds.");
        wholeRequest.writeTo(
                out, "vllm:e2e_request_latency_seconds", "Arrival to the ending, seconds.");
        promptTokens.writeTo(out, "vllm:request_prompt_tokens", "Tokens of a request's prompt.");
        generatedTokens.writeTo(
                out, "vllm:request_generation_tokens", "Tokens generated for a request.");
        write(out, "vllm:request_success_total", "Ended choices.", "finished_reason", finishes);
        write(
                out,
                "tropical:failed_calls_total",
                "Calls turned away, or ended with an error.",
                "code",
                failures);
    }

    private static void write(
            Exposition out, String name, String help, String label, Map<String, LongAdder> counts) {
        out.family(name, "counter", help);
        counts.forEach((value, count) -> out.sample(name, (double) count.sum(), label, value));
    }
}
