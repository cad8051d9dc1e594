package dev.tropical.openai;

import dev.tropical.kafka.RecordPosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far a stream has come: the place on the completions topic of the newest record that its
 * client has seen, {@code partition:offset:textOffset}; of a call with several prompts one for
 * each, with commas between and {@code -} for none. The id of a server-sent event, and what {@code
 * Last-Event-ID} brings back.
 */
final class EventId {
    static final String HEADER = "last-event-id";

    private static final Pattern POSITION = Pattern.compile("(\\d{1,9}):(\\d{1,18}):(\\d{1,9})");

    private final @Nullable RecordPosition[] seen;

    private EventId(@Nullable RecordPosition[] seen) {
        this.seen = seen;
    }

    /** Nothing was seen yet. */
    static EventId none(int parts) {
        return new EventId(new @Nullable RecordPosition[parts]);
    }

    /**
     * @throws ApiException when the text is no id of a call with so many prompts
     */
    static EventId parse(String text, int parts) {
        List<@Nullable RecordPosition> seen = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Matcher position = POSITION.matcher(one);
            if (position.matches()) {
                seen.add(
                        new RecordPosition(
                                Integer.parseInt(position.group(1)),
                                Long.parseLong(position.group(2)),
                                Integer.parseInt(position.group(3))));
            } else if (one.equals("-")) {
                seen.add(null);
            } else {
                throw refused(text);
            }
        }
        if (seen.size() != parts) {
            throw refused(text);
        }
        return new EventId(seen.toArray(new @Nullable RecordPosition[0]));
    }

    private static ApiException refused(String text) {
        return ApiError.invalid(
                        HEADER, "'" + text + "'", "the id of an event of this request's stream")
                .asException();
    }

    /** Whether a record of this part has been seen. Records of a request share a partition. */
    boolean covers(int part, RecordPosition position) {
        RecordPosition newest = seen[part];
        return newest != null && position.offset() <= newest.offset();
    }

    /** A record of this part is seen now. */
    void advance(int part, RecordPosition position) {
        seen[part] = position;
    }

    @Override
    public String toString() {
        return Arrays.stream(seen)
                .map(p -> p == null ? "-" : p.partition() + ":" + p.offset() + ":" + p.textOffset())
                .collect(Collectors.joining(","));
    }
}
