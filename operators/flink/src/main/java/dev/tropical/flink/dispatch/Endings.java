package dev.tropical.flink.dispatch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.wire.Timings;

/** A request's last record. */
final class Endings {
    private static final double NS_PER_MS = 1e6;

    private Endings() {}

    static Ending good(InFlightRequest request, long epoch, long nowMs) {
        int completionTokens = request.choices().stream().mapToInt(ChoiceStream::tokenCount).sum();
        int cachedTokens =
                request.choices().stream()
                        .mapToInt(choice -> choice.timings().getCachedTokens())
                        .max()
                        .orElse(0);
        Usage usage =
                new Usage(
                        request.request().getPromptTokenIdsCount(), completionTokens, cachedTokens);
        return Ending.good(request.id(), usage, meta(request, epoch, nowMs));
    }

    static Ending bad(InFlightRequest request, Failure failure, long epoch, long nowMs) {
        return Ending.bad(request.id(), failure, meta(request, epoch, nowMs));
    }

    private static Meta meta(InFlightRequest request, long epoch, long nowMs) {
        return new Meta(epoch, timings(request, nowMs), request.shortHash());
    }

    /**
     * Durations in ms as JSON: {@code ttft_ms, tpot_ms, queued_ms, prefill_ms} once there is a
     * token (tpot of the longest choice), {@code jct_ms}, and the engines that worked on it.
     */
    private static String timings(InFlightRequest request, long nowMs) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        RequestTimes times = RequestTimes.of(request, nowMs);
        if (times.hasToken()) {
            double prefillMs = firstChoice(request).getPrefillNs() / NS_PER_MS;
            json.put("ttft_ms", times.ttftMs());
            json.put("tpot_ms", times.tpotMs());
            json.put("queued_ms", Math.max(0, times.ttftMs() - prefillMs));
            json.put("prefill_ms", prefillMs);
            json.put("engine_queued_ms", firstChoice(request).getQueuedNs() / NS_PER_MS);
        }
        json.put("jct_ms", times.jctMs());
        ArrayNode engines = json.putArray("engines");
        request.engines().forEach(engines::add);
        return json.toString();
    }

    private static Timings firstChoice(InFlightRequest request) {
        return request.choices().get(0).timings();
    }
}
