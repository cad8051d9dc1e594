package dev.tropical.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.BatchLimits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServedSystemTest {
    private static final ServedSystem.Engines ENGINES =
            new ServedSystem.Engines(256, 33_024, 8_192, 2_048);

    private static BatchLimits limits(int budget, boolean isChunked, boolean first, int prefills) {
        return BatchLimits.newBuilder()
                .setMaxNumBatchedTokens(budget)
                .setChunkedPrefill(isChunked)
                .setPromptFirst(first)
                .setMaxPrefills(prefills)
                .build();
    }

    @Test
    void shouldRunVllmsPromptsWholeAndFirstOrInChunksBesideTheDecodes() {
        ServedSystem vllm = ServedSystem.parse("vllm", ENGINES);
        assertThat(vllm.isColocated()).isTrue();
        assertThat(vllm.limits().getDecode()).isEqualTo(limits(33_024, false, true, 256));
        ServedSystem chunked = ServedSystem.parse("vllm-chunked-512", ENGINES);
        assertThat(chunked.mode()).isEqualTo("vllm");
        assertThat(chunked.limits().getDecode()).isEqualTo(limits(512, true, false, 256));
    }

    @Test
    void shouldRunOnePromptAtATimeOnPrefillEnginesAndLetDecodeEnginesMultiplex() {
        ServedSystem tropical = ServedSystem.parse("tropical", ENGINES);
        assertThat(tropical.isColocated()).isFalse();
        assertThat(tropical.limits().getPrefill()).isEqualTo(limits(8_192, true, false, 1));
        assertThat(tropical.limits().getDecode()).isEqualTo(limits(2_048, true, false, 256));
    }

    @Test
    void shouldMultiplexNothingAndRejectNothingInDistserveShortestFirst() {
        ServedSystem shortestFirst = ServedSystem.parse("distserve-sjf", ENGINES);
        assertThat(shortestFirst.mode()).isEqualTo("tropical");
        assertThat(shortestFirst.jobOptions())
                .containsEntry("tropical.max-multiplexed-tokens", "0")
                .containsEntry("tropical.queue-timeout-floor", "86400 s");
    }

    @Test
    void shouldMultiplexLongerPromptsWhereTheNameSaysSo() {
        ServedSystem system = ServedSystem.parse("tropical-multiplexing-32768", ENGINES);
        assertThat(system.mode()).isEqualTo("tropical");
        assertThat(system.limits()).isEqualTo(ServedSystem.parse("tropical", ENGINES).limits());
        assertThat(system.jobOptions())
                .isEqualTo(Map.of("tropical.max-multiplexed-tokens", "32768"));
    }

    @Test
    void shouldStartEnginesWithTheLargestBudgetOfAll() {
        List<ServedSystem> all =
                ServedSystem.DEFAULT.stream()
                        .map(name -> ServedSystem.parse(name, ENGINES))
                        .toList();
        assertThat(ENGINES.capacity(all)).isEqualTo(33_024);
        assertThat(ENGINES.capacity(all.subList(1, 5))).isEqualTo(8_192);
    }

    @Test
    void shouldRefuseWhatIsNoSystemOrLeavesADecodeOut() {
        assertThatThrownBy(() -> ServedSystem.parse("sglang", ENGINES))
                .hasMessageStartingWith("system: 'sglang' (expected: vllm, ");
        assertThatThrownBy(() -> ServedSystem.parse("vllm-chunked-128", ENGINES))
                .hasMessage(
                        "budget: 128 tokens (expected: at least one for each of 256 sequences)");
    }
}
