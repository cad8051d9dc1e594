package dev.tropical.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * Reads the lines of a stream of OpenAI completion events. An event counts as one token, as servers
 * send them; where the usage at the end says that there were more, the last ones count more.
 */
final class EventLines {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data:";
    private static final String END = "[DONE]";

    private final RequestProbe probe;
    private int events;
    private int usage;
    private boolean isOver;

    EventLines(RequestProbe probe) {
        this.probe = probe;
    }

    /**
     * The next line.
     *
     * @throws IOException when an event is no JSON
     */
    void line(String line, long nowNs) throws IOException {
        if (!line.startsWith(DATA) || isOver) {
            return;
        }
        String data = line.substring(DATA.length()).strip();
        if (data.equals(END)) {
            end(nowNs);
            return;
        }
        JsonNode event = JSON.readTree(data);
        if (event.has("error")) {
            isOver = true;
            probe.failed(Outcome.FAILED, event.get("error").toString(), null);
            return;
        }
        usage = Math.max(usage, event.path("usage").path("completion_tokens").asInt());
        JsonNode choice = event.path("choices").path(0);
        boolean isEndOnly =
                choice.path("text").asText().isEmpty() && choice.hasNonNull("finish_reason");
        if (choice.isObject() && !isEndOnly) {
            events++;
            probe.tokens(nowNs, 1);
        }
    }

    /** The stream is over; without {@code [DONE]} it broke. */
    void closed() {
        if (!isOver) {
            isOver = true;
            probe.failed(Outcome.FAILED, "the stream ended without " + END, null);
        }
    }

    private void end(long nowNs) {
        isOver = true;
        // Of tokens that share an event nobody says which.
        probe.tokens(nowNs, Math.max(0, usage - events));
        probe.done(null);
    }
}
