package dev.tropical.bench.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tropical.simulator.SimulatedRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes completion requests of a prompt's token ids, greedy, for exactly so many tokens.
 *
 * @param model null where the server has one model and takes requests without
 * @param hasSlo whether the request says its objectives, which other servers may refuse
 * @param isStreamed whether to ask for events over HTTP; on Kafka everything streams
 */
public record RequestBody(@Nullable String model, boolean hasSlo, boolean isStreamed) {
    private static final double NS_PER_MS = 1e6;

    /** UTF-8 JSON. */
    byte[] of(SimulatedRequest request, int[] prompt) {
        StringBuilder json = new StringBuilder(64 + 6 * prompt.length);
        json.append("{\"prompt\":[");
        for (int i = 0; i < prompt.length; i++) {
            json.append(i == 0 ? "" : ",").append(prompt[i]);
        }
        json.append("],\"max_tokens\":").append(request.outputTokens());
        json.append(",\"temperature\":0,\"ignore_eos\":true");
        if (model != null) {
            json.append(",\"model\":\"").append(model.replace("\"", "\\\"")).append('"');
        }
        if (hasSlo) {
            json.append(
                    String.format(
                            Locale.ROOT,
                            ",\"slo\":{\"ttft_ms\":%.3f,\"tpot_ms\":%.3f}",
                            request.slo().getTtftNs() / NS_PER_MS,
                            request.slo().getTpotNs() / NS_PER_MS));
        }
        if (isStreamed) {
            json.append(",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        }
        return json.append('}').toString().getBytes(US_ASCII);
    }
}
