package dev.tropical.engine.loop;

import static dev.tropical.engine.loop.LoopHarness.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.Sequence;
import java.util.List;
import org.junit.jupiter.api.Test;

class HoldingTest {
    private static final List<TokenLogprobs> SCORES =
            List.of(TokenLogprobs.newBuilder().setLogprob(-1).setRank(3).build());

    /** As a decode engine gets a sequence from the engine that scored its prompt. */
    @Test
    void shouldTellThePromptsLogprobsWithTheFirstTokenUntilThatIsDurable() {
        Submit.Builder moved = request("r", 2, 9).addGeneratedTokenIds(7).addGeneratedTokenIds(8);
        moved.getSamplingBuilder().setPromptLogprobs(0);
        Holding holding =
                new Holding(new Sequence(moved.addAllPromptLogprobs(SCORES).build(), 0), 0);

        assertThat(holding.tokensFrom(0, 1).getPromptLogprobsList()).isEqualTo(SCORES);
        assertThat(holding.tokensFrom(1, 1).getPromptLogprobsList()).isEmpty();
        assertThat(holding.promptLogprobs()).isEqualTo(SCORES);
        holding.ack(1);
        assertThat(holding.promptLogprobs()).isEmpty();
    }
}
