package dev.tropical.flink.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets text through up to the first stop string, and holds back the longest end of it that may yet
 * become one. Each stop string is followed by a Knuth-Morris-Pratt automaton, whose state is just
 * the number of characters to hold back.
 */
final class StopMatcher {
    private final List<String> stops;
    private final boolean includeStop;
    private final int[][] borders;
    private final int[] matched; // leading chars of each stop string that end the text so far
    private final StringBuilder held = new StringBuilder();
    private @Nullable String stop;

    /**
     * @param stops none of them empty
     * @param includeStop whether the stop string itself is let through
     */
    StopMatcher(List<String> stops, boolean includeStop) {
        this.stops = List.copyOf(stops);
        this.includeStop = includeStop;
        this.borders = this.stops.stream().map(StopMatcher::borders).toArray(int[][]::new);
        this.matched = new int[this.stops.size()];
    }

    /** Takes text and returns what may be shown now; nothing any more after a stop string. */
    String push(String text) {
        if (stop != null) {
            return "";
        }
        for (int i = 0; i < text.length() && stop == null; i++) {
            held.append(text.charAt(i));
            stop = advance(text.charAt(i));
        }
        if (stop != null) {
            int end = includeStop ? held.length() : held.length() - stop.length();
            return release(end, held.length());
        }
        int waiting = 0;
        for (int count : matched) {
            waiting = Math.max(waiting, count);
        }
        return release(held.length() - waiting, held.length() - waiting);
    }

    /** The end of the text: what was held back. */
    String flush() {
        return release(held.length(), held.length());
    }

    /** The stop string that was met, the longest of those that end at the same place, or null. */
    @Nullable String stop() {
        return stop;
    }

    private String release(int shown, int removed) {
        String text = held.substring(0, shown);
        held.delete(0, removed);
        return text;
    }

    private @Nullable String advance(char c) {
        String met = null;
        for (int s = 0; s < matched.length; s++) {
            String candidate = stops.get(s);
            int length = matched[s];
            while (length > 0 && candidate.charAt(length) != c) {
                length = borders[s][length - 1];
            }
            if (candidate.charAt(length) == c) {
                length++;
            }
            matched[s] = length;
            if (length == candidate.length()
                    && (met == null || candidate.length() > met.length())) {
                met = candidate;
            }
        }
        return met;
    }

    /** borders[i]: length of the longest proper prefix of {@code text} that ends at i. */
    private static int[] borders(String text) {
        int[] borders = new int[text.length()];
        int length = 0;
        for (int i = 1; i < borders.length; i++) {
            while (length > 0 && text.charAt(i) != text.charAt(length)) {
                length = borders[length - 1];
            }
            if (text.charAt(i) == text.charAt(length)) {
                length++;
            }
            borders[i] = length;
        }
        return borders;
    }
}
