package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.SamplingParams;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetokenizerTest {
    private static final String EMOJI_AND_CJK =
            "hello 😀👩‍👩‍👧 the 日本語 world e\u0301 \ufffd 你好 🇫🇷!";
    private static final AdmittedRequest PLAIN =
            AdmittedRequest.newBuilder().setSkipSpecialTokens(true).build();

    @TempDir static Path folder;
    private static ModelCatalog catalog;
    private static Tokenizer byteLevel;
    private static Tokenizer sentencePiece;

    @BeforeAll
    static void load() throws IOException {
        catalog =
                ModelCatalog.open(
                        List.of(
                                TestModels.byteLevel(folder.resolve("tiny")),
                                TestModels.sentencePiece(folder.resolve("piece"))));
        byteLevel = catalog.find("tiny").tokenizer();
        sentencePiece = catalog.find("piece").tokenizer();
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    @Test
    void shouldGiveCharactersWhole() {
        Detokenizer detokenizer = Detokenizer.of(byteLevel, PLAIN);
        int[] ids = byteLevel.encode("é😀", false);
        assertThat(ids).hasSize(5); // 2 bytes; two of the four are one token
        List<String> pieces = Arrays.stream(ids).mapToObj(detokenizer::push).toList();
        assertThat(pieces).containsExactly("", "é", "", "", "😀");
        assertThat(detokenizer.textOffset()).isEqualTo(2);
        assertThat(detokenizer.tokenCount()).isEqualTo(5);
    }

    @Test
    void shouldGiveTheSameTextInPiecesAsAtOnce() {
        for (Tokenizer tokenizer : List.of(byteLevel, sentencePiece)) {
            int[] ids = tokenizer.encode(EMOJI_AND_CJK + " ab cd  ab" + EMOJI_AND_CJK, false);
            assertThat(inPieces(tokenizer, PLAIN, ids)).isEqualTo(tokenizer.decode(ids, true));
        }
    }

    @Test
    void shouldGiveTheSameTextInPiecesForAnyTokens() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            int[] ids = random.ints(random.nextInt(60), 0, 280).toArray();
            AdmittedRequest request =
                    PLAIN.toBuilder().setSkipSpecialTokens(random.nextBoolean()).build();
            assertThat(inPieces(byteLevel, request, ids))
                    .as("seed %d", seed)
                    .isEqualTo(byteLevel.decode(ids, request.getSkipSpecialTokens()));
        }
    }

    /** Runs of bytes are valid here; one that turns invalid cannot take back what it gave out. */
    @Test
    void shouldGiveTheSameTextInPiecesForAnySentencePieceTokens() {
        String[] parts = {
            "▁", "a", "b", "▁ab", "▁cd", "。", "<s>", "</s>", "😀", "日", "é", "<0x0A>"
        };
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            int[] ids =
                    random.ints(random.nextInt(40), 0, parts.length)
                            .flatMap(i -> IntStream.of(pieceIds(parts[i])))
                            .toArray();
            assertThat(inPieces(sentencePiece, PLAIN, ids))
                    .as("seed %d", seed)
                    .isEqualTo(sentencePiece.decode(ids, true));
        }
    }

    private static int[] pieceIds(String text) {
        if (sentencePiece.idOf(text) >= 0) {
            return new int[] {sentencePiece.idOf(text)};
        }
        int[] ids = sentencePiece.encode(text, false);
        return Arrays.copyOfRange(ids, 1, ids.length); // without the leading U+2581
    }

    @Test
    void shouldGiveAHalfCharacterAtTheEndAsReplacement() {
        Detokenizer detokenizer = Detokenizer.of(byteLevel, PLAIN);
        int[] ids = byteLevel.encode("a日", false);
        assertThat(detokenizer.push(ids[0], ids[1], ids[2])).isEqualTo("a");
        assertThat(detokenizer.finish()).isEqualTo("\ufffd");
        assertThat(detokenizer.textOffset()).isEqualTo(2);
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Test
    void shouldNotWaitForEverForACharacterThatDoesNotCome() {
        Detokenizer detokenizer = Detokenizer.of(byteLevel, PLAIN);
        int[] half = {byteLevel.encode("日", false)[0]};
        int given = 0;
        for (int i = 0; i < 100; i++) {
            given += detokenizer.push(half).length();
        }
        assertThat(given).isGreaterThan(80);
    }

    @Test
    void shouldKeepTheSpaceBetweenPromptAndFirstWord() {
        AdmittedRequest.Builder request = PLAIN.toBuilder();
        for (int id : sentencePiece.encode("ab", true)) {
            request.addPromptTokenIds(id);
        }
        int[] word = {sentencePiece.idOf("▁cd")};
        assertThat(Detokenizer.of(sentencePiece, request.build()).push(word)).isEqualTo(" cd");
        request.addPromptTokenIds(2); // a special token: the text starts anew
        assertThat(Detokenizer.of(sentencePiece, request.build()).push(word)).isEqualTo("cd");
    }

    @Test
    void shouldStopAtAStopStringAcrossTokens() {
        AdmittedRequest request = PLAIN.toBuilder().addStop("o wor").build();
        Detokenizer detokenizer = Detokenizer.of(byteLevel, request);
        int[] ids = byteLevel.encode("say hello world again", false);
        assertThat(detokenizer.push(ids)).isEqualTo("say hell");
        assertThat(detokenizer.stopString()).isEqualTo("o wor");
        int[] taken = Arrays.copyOf(ids, detokenizer.tokenCount());
        assertThat(byteLevel.decode(taken, true)).isEqualTo("say hello wor");
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Test
    void shouldIncludeTheStopStringWhenAsked() {
        AdmittedRequest request =
                PLAIN.toBuilder().addStop("😀").setIncludeStopInOutput(true).build();
        Detokenizer detokenizer = Detokenizer.of(byteLevel, request);
        assertThat(detokenizer.push(byteLevel.encode("a😁😀b", false))).isEqualTo("a😁😀");
    }

    @Test
    void shouldFindAStopStringThatOnlyTheEndCompletes() {
        AdmittedRequest request = PLAIN.toBuilder().addStop("\ufffd").build();
        Detokenizer detokenizer = Detokenizer.of(byteLevel, request);
        int[] ids = byteLevel.encode("a日", false);
        assertThat(detokenizer.push(ids[0], ids[1])).isEqualTo("a");
        assertThat(detokenizer.finish()).isEmpty();
        assertThat(detokenizer.stopString()).isEqualTo("\ufffd");
    }

    @Test
    void shouldIgnoreStopStringsWithinMinTokens() {
        AdmittedRequest request =
                PLAIN.toBuilder()
                        .addStop("hello")
                        .setSampling(SamplingParams.newBuilder().setMinTokens(1))
                        .build();
        Detokenizer detokenizer = Detokenizer.of(byteLevel, request);
        assertThat(detokenizer.push(byteLevel.encode("hello, hello", false))).isEqualTo("hello, ");
        assertThat(detokenizer.stopString()).isEqualTo("hello");
    }

    @Test
    void shouldGoOnFromTheTokensAloneHoweverTheyWereCut() {
        AdmittedRequest request = PLAIN.toBuilder().addStop("日本人").addStop("😀😀").build();
        int[] ids = byteLevel.encode(EMOJI_AND_CJK, false);
        Detokenizer whole = Detokenizer.of(byteLevel, request);
        String text = whole.push(ids) + whole.finish();
        for (int cut = 0; cut <= ids.length; cut++) {
            int[] head = Arrays.copyOf(ids, cut);
            Detokenizer before = Detokenizer.of(byteLevel, request);
            String shown = before.push(head);
            Detokenizer after = Detokenizer.resume(byteLevel, request, head);
            assertThat(after.textOffset()).isEqualTo(before.textOffset());
            assertThat(after.tokenCount()).isEqualTo(cut);
            String rest = after.push(Arrays.copyOfRange(ids, cut, ids.length)) + after.finish();
            assertThat(shown + rest).isEqualTo(text);
        }
    }

    private static String inPieces(Tokenizer tokenizer, AdmittedRequest request, int[] ids) {
        Detokenizer detokenizer = Detokenizer.of(tokenizer, request);
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            pieces.add(detokenizer.push(id));
        }
        pieces.add(detokenizer.finish());
        assertThat(pieces).noneMatch(Surrogates::hasLone);
        String text = String.join("", pieces);
        assertThat(detokenizer.textOffset()).isEqualTo(text.codePointCount(0, text.length()));
        return text;
    }
}
