package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    private static final String TEXT = "hello world 日本語 👩‍👩‍👧 \u0000 e\u0301 <|user|> “ok”\n";

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
    void shouldGiveBackWhatItEncoded() {
        assertThat(byteLevel.decode(byteLevel.encode(TEXT, false), false)).isEqualTo(TEXT);
        assertThat(sentencePiece.decode(sentencePiece.encode("ab cd 日本 👧", false), false))
                .isEqualTo("ab cd 日本 👧");
    }

    @Test
    void shouldAddBosOnlyWhenAsked() {
        assertThat(byteLevel.encode("hello", true)[0]).isZero();
        assertThat(byteLevel.encode("hello", false)).hasSize(1);
        // By the flag of tokenizer_config.json: this tokenizer.json has no post-processor.
        assertThat(sentencePiece.encode("ab", true)).startsWith(1).hasSize(2);
        assertThat(sentencePiece.encode("ab", false)).hasSize(1);
    }

    @Test
    void shouldEncodeSpecialTokensThatTheTextHolds() {
        assertThat(byteLevel.encode("<|user|>hello<|end|>", false)).startsWith(3).endsWith(5);
    }

    @Test
    void shouldLeaveOutSpecialTokensWhenSkipped() {
        int[] ids = byteLevel.encode("<s>hello</s>", false);
        assertThat(byteLevel.decode(ids, true)).isEqualTo("hello");
        assertThat(byteLevel.decode(ids, false)).isEqualTo("<s>hello</s>");
        assertThat(byteLevel.isSpecial(0)).isTrue();
        assertThat(byteLevel.isSpecial(byteLevel.idOf("<tool😀>"))).isFalse();
        assertThat(byteLevel.isSpecial(-5)).isFalse();
    }

    @Test
    void shouldDecodeIdsOutsideTheVocabularyToNothing() {
        assertThat(byteLevel.decode(new int[] {279, -1, Integer.MAX_VALUE}, false)).isEmpty();
        assertThat(byteLevel.bytesOf(279)).isEmpty();
    }

    @Test
    void shouldSayTheBytesOfATokenThatIsPartOfACharacter() {
        int[] ids = byteLevel.encode("日", false);
        assertThat(ids).hasSize(3);
        assertThat(byteLevel.bytesOf(ids[0])).containsExactly(0xe6);
        assertThat(byteLevel.bytesOf(byteLevel.encode(" wo", false)[0]))
                .isEqualTo(" wo".getBytes(StandardCharsets.UTF_8));
        assertThat(byteLevel.bytesOf(byteLevel.idOf("<tool😀>")))
                .isEqualTo("<tool😀>".getBytes(StandardCharsets.UTF_8));
        assertThat(sentencePiece.bytesOf(sentencePiece.idOf("▁ab")))
                .isEqualTo(" ab".getBytes(StandardCharsets.UTF_8));
        assertThat(sentencePiece.bytesOf(sentencePiece.idOf("<0xE6>"))).containsExactly(0xe6);
    }

    @Test
    void shouldReplaceHalfCharacters() {
        int[] ids = byteLevel.encode("a\ud83d b\ude00", false);
        assertThat(byteLevel.decode(ids, false)).isEqualTo("a\ufffd b\ufffd");
    }

    @Test
    void shouldServeManyThreadsAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Boolean> roundTrips =
                    () ->
                            IntStream.range(0, 500)
                                    .mapToObj(i -> TEXT + i)
                                    .allMatch(
                                            t ->
                                                    byteLevel
                                                            .decode(
                                                                    byteLevel.encode(t, false),
                                                                    false)
                                                            .equals(t));
            List<Callable<Boolean>> calls = List.of(roundTrips, roundTrips, roundTrips, roundTrips);
            for (Future<Boolean> result : threads.invokeAll(calls)) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldNameTheFileThatIsMissingOrWrong() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> open(empty))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("config.json");
        TestModels.byteLevel(empty);
        Files.writeString(empty.resolve("tokenizer.json"), "{\"model\":{\"vocab\":{\"a\":0}}}");
        assertThatThrownBy(() -> open(empty))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.json");
        Files.delete(empty.resolve("tokenizer.json"));
        assertThatThrownBy(() -> open(empty)).hasMessageContaining("tokenizer.json");
    }

    private static void open(Path directory) throws IOException {
        ModelCatalog.open(List.of(new ServedModel(directory.toString(), List.of("x")))).close();
    }

    @Test
    void shouldShareAModelUntilItsLastUserClosesIt() throws IOException {
        ServedModel model = TestModels.byteLevel(folder.resolve("shared"));
        ModelCatalog first = ModelCatalog.open(List.of(model));
        ModelCatalog second = ModelCatalog.open(List.of(model));
        Tokenizer tokenizer = first.find("tiny-alias").tokenizer();
        assertThat(second.find(null).tokenizer()).isSameAs(tokenizer);
        first.close();
        first.close();
        assertThat(tokenizer.encode("hello", false)).hasSize(1);
        second.close();
        assertThatThrownBy(() -> tokenizer.encode("hello", false))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldKnowTheModelsFolder() {
        ModelAssets assets = catalog.find("tiny");
        assertThat(assets.eosTokenIds()).containsExactly(1, 5);
        assertThat(assets.maxPositionEmbeddings()).isEqualTo(TestModels.CONTEXT);
        assertThat(assets.vocabSize()).isEqualTo(280);
        assertThat(assets.chatTemplate()).isNotNull();
        assertThat(catalog.find("piece").chatTemplate()).isNull();
        assertThat(catalog.find("other")).isNull();
    }
}
