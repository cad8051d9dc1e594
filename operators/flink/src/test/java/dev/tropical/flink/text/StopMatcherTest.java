package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StopMatcherTest {
    @Test
    void shouldHoldBackOnlyWhatMayBecomeAStopString() {
        StopMatcher matcher = new StopMatcher(List.of("\n\nUser:", "END"), false);
        assertThat(matcher.push("Hi\n")).isEqualTo("Hi");
        assertThat(matcher.push("\n")).isEmpty();
        assertThat(matcher.push("\n")).isEqualTo("\n");
        assertThat(matcher.push("Use")).isEmpty();
        assertThat(matcher.push("s EN")).isEqualTo("\n\nUses ");
        assertThat(matcher.push("D and more")).isEmpty();
        assertThat(matcher.stop()).isEqualTo("END");
        assertThat(matcher.push("nothing more")).isEmpty();
    }

    @Test
    void shouldShowTheStopStringWhenAsked() {
        StopMatcher matcher = new StopMatcher(List.of("ab"), true);
        assertThat(matcher.push("xa")).isEqualTo("x");
        assertThat(matcher.push("bcd")).isEqualTo("ab");
        assertThat(matcher.stop()).isEqualTo("ab");
    }

    @Test
    void shouldNameTheLongestOfStopStringsThatEndTogether() {
        StopMatcher matcher = new StopMatcher(List.of("b", "aab", "ab"), false);
        assertThat(matcher.push("xaab")).isEqualTo("x");
        assertThat(matcher.stop()).isEqualTo("aab");
    }

    @Test
    void shouldGiveOutWhatItHeldAtTheEnd() {
        StopMatcher matcher = new StopMatcher(List.of("abc"), false);
        assertThat(matcher.push("xab") + "|" + matcher.flush()).isEqualTo("x|ab");
        assertThat(matcher.stop()).isNull();
    }

    /** Against the plain definition, over random texts of few letters, cut at random places. */
    @Test
    void shouldAgreeWithASearchOfTheWholeText() {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            List<String> stops =
                    IntStream.rangeClosed(1, 1 + random.nextInt(3))
                            .mapToObj(i -> letters(random, 1 + random.nextInt(5)))
                            .toList();
            String text = letters(random, random.nextInt(30));
            StopMatcher matcher = new StopMatcher(stops, false);
            StringBuilder shown = new StringBuilder();
            for (int at = 0; at < text.length(); ) {
                int next = Math.min(text.length(), at + 1 + random.nextInt(4));
                shown.append(matcher.push(text.substring(at, next)));
                String soFar = text.substring(0, next);
                if (matcher.stop() == null) {
                    assertThat(soFar).startsWith(shown);
                    assertThat(next - shown.length())
                            .as("held of %s, stops %s", soFar, stops)
                            .isEqualTo(longestPrefixAtEnd(soFar, stops));
                }
                at = next;
            }
            shown.append(matcher.stop() == null ? matcher.flush() : "");
            assertThat(shown.toString())
                    .as("seed %d: %s cut at %s", seed, text, stops)
                    .isEqualTo(text.substring(0, cut(text, stops)));
        }
    }

    /** Start of the longest stop string among those that end first. */
    private static int cut(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            int longest =
                    stops.stream().filter(head::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return end - longest;
            }
        }
        return text.length();
    }

    private static int longestPrefixAtEnd(String text, List<String> stops) {
        int longest = 0;
        for (String stop : stops) {
            for (int length = 1; length < stop.length(); length++) {
                if (text.endsWith(stop.substring(0, length))) {
                    longest = Math.max(longest, length);
                }
            }
        }
        return longest;
    }

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        random.ints(length, 0, 2).forEach(i -> text.append((char) ('a' + i)));
        return text.toString();
    }
}
