package dev.tropical.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.simulator.SimulatedRequest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptTokensTest {
    private static final PromptTokens PROMPTS = new PromptTokens(1_000, 42);

    private static SimulatedRequest request(String id, int tokens, Integer... prefixIds) {
        SimulatedRequest plain = Requests.request(id, 0, 1);
        return new SimulatedRequest(id, 0, tokens, 1, plain.slo(), List.of(prefixIds));
    }

    private static int shared(int[] left, int[] right) {
        int first = Arrays.mismatch(left, right);
        return first < 0 ? left.length : first;
    }

    @Test
    void shouldHaveTheExactLengthInsideTheVocabulary() {
        int[] tokens = PROMPTS.of(request("a", 5_000));
        assertThat(tokens).hasSize(5_000);
        assertThat(Arrays.stream(tokens).min().orElse(0)).isBetween(1, 5);
        assertThat(Arrays.stream(tokens).max().orElse(0)).isBetween(994, 999);
    }

    @Test
    void shouldShareWhatTheTraceSharesAndNoMore() {
        int[] left = PROMPTS.of(request("a", 1_700, 5, 6, 7, 8));
        int[] right = PROMPTS.of(request("b", 1_500, 5, 6, 9));
        assertThat(shared(left, right)).as("two pieces of 512").isEqualTo(1_024);
        int[] withoutIds = PROMPTS.of(request("c", 100));
        assertThat(shared(withoutIds, PROMPTS.of(request("d", 100)))).isLessThan(3);
    }

    @Test
    void shouldBeTheSameAgainAndOtherUnderAnotherSalt() {
        SimulatedRequest request = request("a", 600, 1);
        assertThat(PROMPTS.of(request)).isEqualTo(PROMPTS.of(request));
        assertThat(shared(PROMPTS.of(request), new PromptTokens(1_000, 43).of(request)))
                .isLessThan(3);
    }
}
