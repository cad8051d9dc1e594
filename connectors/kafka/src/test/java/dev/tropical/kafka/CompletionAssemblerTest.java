package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.CompletionEvent.Notice;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompletionAssemblerTest {
    private final CompletionAssembler assembler = new CompletionAssembler("r");

    @Test
    void shouldYieldEachTokenAndCharacterOnce() {
        assertThat(accept(chunk(0, 0, new int[] {1, 2}, 0, "ab", null)))
                .containsExactly(newChunk(0, 0, List.of(1, 2), "ab"));
        assertThat(accept(chunk(0, 1, new int[] {2, 3}, 1, "bc", null)))
                .containsExactly(newChunk(0, 2, List.of(3), "c"));
        assertThat(accept(chunk(0, 0, new int[] {1, 2}, 0, "ab", null))).isEmpty();
    }

    @Test
    void shouldCountTextInCodePoints() {
        accept(chunk(0, 0, new int[] {1}, 0, "\ud83d\ude00", null));
        assertThat(accept(chunk(0, 1, new int[] {2}, 1, "\ud83d\ude01!", null)))
                .containsExactly(newChunk(0, 1, List.of(2), "\ud83d\ude01!"));
    }

    @Test
    void shouldKeepChoicesApart() {
        accept(chunk(0, 0, new int[] {1}, 0, "a", null));
        assertThat(accept(chunk(1, 0, new int[] {9}, 0, "z", null)))
                .containsExactly(newChunk(1, 0, List.of(9), "z"));
    }

    @Test
    void shouldTellAFinishAndTheEndingOnce() {
        assertThat(accept(chunk(0, 0, new int[] {1}, 0, "a", "stop")))
                .containsExactly(newChunk(0, 0, List.of(1), "a"), new Finish(0, "stop", null));
        assertThat(accept(chunk(0, 0, new int[] {1}, 0, "a", "stop"))).isEmpty();
        CompletionRecord ending = CompletionRecord.Ending.good("r", new Usage(1, 1, 0), meta(1));
        assertThat(accept(ending)).containsExactly(new Ending(new Usage(1, 1, 0), null, null));
        assertThat(accept(ending)).isEmpty();
        assertThat(assembler.isEnded()).isTrue();
    }

    @Test
    void shouldTellARepeatedNoticeOnce() {
        Failure failure = new Failure("duplicate_id", "used before", null);
        CompletionRecord notice = new CompletionRecord.Notice("r", failure, meta(1));
        assertThat(accept(notice)).containsExactly(new Notice(failure));
        assertThat(accept(notice)).isEmpty();
        assertThat(assembler.isEnded()).isFalse();
    }

    @Test
    void shouldCutLogprobsWithTheirTokens() {
        TokenLogprob first = new TokenLogprob(1, new byte[0], -1, null);
        TokenLogprob second = new TokenLogprob(2, new byte[0], -2, null);
        accept(chunk(0, 0, new int[] {1}, 0, "a", null));
        CompletionRecord both =
                new CompletionRecord.Chunk(
                        "r",
                        0,
                        new Tokens(0, new int[] {1, 2}, new TokenLogprob[] {first, second}),
                        new Text(0, "ab"),
                        null,
                        meta(1));
        Chunk cut = (Chunk) accept(both).get(0);
        assertThat(cut.logprobs()).containsExactly(second);
    }

    @Test
    void shouldDropRecordsOfAFencedWriter() {
        CompletionRecord.Chunk old = chunk(0, 0, new int[] {7}, 0, "x", null);
        accept(withEpoch(chunk(0, 0, new int[] {1}, 0, "a", null), 2));
        assertThat(accept(withEpoch(old, 1))).isEmpty();
    }

    @Test
    void shouldThrowWhenATokenIsTakenBack() {
        accept(chunk(0, 0, new int[] {1, 2}, 0, "ab", null));
        assertThatThrownBy(() -> accept(chunk(0, 1, new int[] {3}, 2, "c", null)))
                .isInstanceOf(ContradictionException.class)
                .hasMessage("request r, choice 0: token 1 was 2, now 3");
    }

    @Test
    void shouldThrowWhenTextIsTakenBack() {
        accept(chunk(0, 0, new int[] {1, 2}, 0, "ab", null));
        assertThatThrownBy(() -> accept(chunk(0, 2, new int[] {3}, 1, "c", null)))
                .isInstanceOf(ContradictionException.class)
                .hasMessageContaining("text 1 was 98, now 99");
    }

    @Test
    void shouldThrowAtAGap() {
        accept(chunk(0, 0, new int[] {1}, 0, "a", null));
        assertThatThrownBy(() -> accept(chunk(0, 2, new int[] {3}, 1, "c", null)))
                .isInstanceOf(ContradictionException.class)
                .hasMessageContaining("token offset 2 (expected: at most 1, a gap)");
    }

    @Test
    void shouldThrowWhenAChoiceGoesOnAfterItsFinishOrFinishesOtherwise() {
        accept(chunk(0, 0, new int[] {1}, 0, "a", "stop"));
        assertThatThrownBy(() -> accept(chunk(0, 1, new int[] {2}, 1, "b", null)))
                .isInstanceOf(ContradictionException.class)
                .hasMessageContaining("token offset 1 after the finish at 1");
        assertThatThrownBy(() -> accept(chunk(0, 0, new int[] {1}, 0, "a", "length")))
                .isInstanceOf(ContradictionException.class)
                .hasMessageContaining("finished as stop (null), now as length (null)");
    }

    private List<CompletionEvent> accept(CompletionRecord record) {
        return assembler.accept(record);
    }

    private static Meta meta(long epoch) {
        return new Meta(epoch, null);
    }

    private static Chunk newChunk(int choice, int offset, List<Integer> tokens, String text) {
        return new Chunk(choice, offset, tokens, text, List.of());
    }

    private static CompletionRecord withEpoch(CompletionRecord.Chunk r, long epoch) {
        return new CompletionRecord.Chunk(
                r.id(), r.choice(), r.tokens(), r.text(), r.finish(), meta(epoch));
    }

    static CompletionRecord.Chunk chunk(
            int choice, int offset, int[] tokens, int textOffset, String text, String finish) {
        return new CompletionRecord.Chunk(
                "r",
                choice,
                Tokens.of(offset, tokens),
                new Text(textOffset, text),
                finish == null ? null : new CompletionRecord.Finish(finish, null),
                meta(1));
    }
}
