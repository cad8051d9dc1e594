package dev.tropical.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Notice;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import org.junit.jupiter.api.Test;

class CompletionJsonTest {
    private static final Meta META = new Meta(9, "{\"prefill_ms\":3}");

    @Test
    void shouldWriteAChunkWithItsFieldsInOrder() {
        CompletionRecord chunk = chunk("It\u2019s \ud83d\ude00", new TokenLogprob[0], null, null);
        assertThat(text(chunk))
                .isEqualTo(
                        "{\"id\":\"r-1\",\"object\":\"chunk\",\"choice\":1,\"token_offset\":4,"
                                + "\"token_count\":2,\"token_ids\":[17,3],\"text_offset\":12,"
                                + "\"text\":\"It\u2019s \ud83d\ude00\"}");
    }

    @Test
    void shouldWriteAFinishAndLogprobs() {
        TokenLogprob logprob =
                new TokenLogprob(
                        17,
                        new byte[] {(byte) 0xe2, 65},
                        -0.1f,
                        new Alternative[] {
                            new Alternative(18, new byte[0], Float.NEGATIVE_INFINITY)
                        });
        CompletionRecord chunk = chunk("a", new TokenLogprob[] {logprob, logprob}, "stop", "###");
        String one =
                "{\"token_id\":17,\"bytes\":[226,65],\"logprob\":-0.1,\"top_logprobs\":"
                        + "[{\"token_id\":18,\"bytes\":[],\"logprob\":-9999.0}]}";
        assertThat(text(chunk))
                .endsWith(
                        ",\"text\":\"a\",\"logprobs\":["
                                + one
                                + ","
                                + one
                                + "],\"finish_reason\":\"stop\",\"stop_reason\":\"###\"}");
    }

    @Test
    void shouldWriteEndingsAndNoticesWithoutTheirMeta() {
        assertThat(text(Ending.good("r", new Usage(5, 7, 2), META)))
                .isEqualTo(
                        "{\"id\":\"r\",\"object\":\"ending\",\"final\":true,\"usage\":"
                                + "{\"prompt_tokens\":5,\"completion_tokens\":7,"
                                + "\"total_tokens\":12,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}");
        assertThat(text(Ending.bad("r", new Failure("c", "m", null), META)))
                .isEqualTo(
                        "{\"id\":\"r\",\"object\":\"ending\",\"final\":true,\"error\":"
                                + "{\"code\":\"c\",\"message\":\"m\",\"param\":null}}");
        assertThat(text(new Notice("r", new Failure("c", "m", "p"), META)))
                .isEqualTo(
                        "{\"id\":\"r\",\"object\":\"notice\",\"notice\":"
                                + "{\"code\":\"c\",\"message\":\"m\",\"param\":\"p\"}}");
    }

    @Test
    void shouldKeepThePromptsLogprobs() throws Exception {
        TokenLogprob first = new TokenLogprob(1, new byte[] {60}, Float.NaN, new Alternative[0]);
        TokenLogprob second = new TokenLogprob(9, new byte[0], -2.5f, new Alternative[0], 4);
        Chunk chunk =
                new Chunk(
                        "r",
                        0,
                        Tokens.of(0, 5),
                        new Text(0, "a"),
                        null,
                        new TokenLogprob[] {first, second},
                        META);
        assertThat(text(chunk))
                .endsWith(
                        "\"text\":\"a\",\"prompt_logprobs\":["
                                + "{\"token_id\":1,\"bytes\":[60],\"top_logprobs\":[]},"
                                + "{\"token_id\":9,\"bytes\":[],\"logprob\":-2.5,\"rank\":4,"
                                + "\"top_logprobs\":[]}]}");
        assertThat(CompletionJson.decode(CompletionJson.encode(chunk), META))
                .usingRecursiveComparison()
                .withEqualsForType(Float::equals, Float.class) // NaN is NaN
                .isEqualTo(chunk);
        SchemaTest.assertValid(chunk);
    }

    @Test
    void shouldReadWhatItWrote() throws Exception {
        TokenLogprob logprob =
                new TokenLogprob(
                        17,
                        new byte[] {(byte) 0xe2},
                        -0.12345679f,
                        new Alternative[] {new Alternative(18, new byte[] {66}, -3.5f)});
        CompletionRecord[] records = {
            chunk("\u0000\"\\\n", new TokenLogprob[] {logprob, logprob}, "stop", "17"),
            chunk("", new TokenLogprob[0], null, null),
            Ending.good("r", new Usage(5, 7, 2), META),
            Ending.bad("r", new Failure("c", "m", "p"), META),
            new Notice("r", new Failure("c", "m", null), META)
        };
        for (CompletionRecord record : records) {
            CompletionRecord read = CompletionJson.decode(CompletionJson.encode(record), META);
            assertThat(read).usingRecursiveComparison().isEqualTo(record);
        }
    }

    @Test
    void shouldReadPastFieldsOfALaterBuild() throws Exception {
        byte[] body =
                ("{\"id\":\"r\",\"object\":\"notice\",\"notice\":{\"code\":\"c\",\"message\":\"m\","
                                + "\"since\":1},\"later\":[]}")
                        .getBytes(UTF_8);
        assertThat(CompletionJson.decode(body, META))
                .isEqualTo(new Notice("r", new Failure("c", "m", null), META));
    }

    @Test
    void shouldNameWhatIsWrong() {
        assertWrong("[]", "completion record of 2 bytes is no object");
        assertWrong("{\"id\":\"r\"}", "object: nothing (expected: a string)");
        assertWrong(
                "{\"id\":\"r\",\"object\":\"token\"}",
                "object: 'token' (expected: chunk, ending or notice)");
        assertWrong(
                "{\"id\":\"r\",\"object\":\"chunk\",\"choice\":-1}",
                "choice: -1 (expected: an integer >= 0)");
        assertWrong(
                "{\"id\":\"r\",\"object\":\"chunk\",\"choice\":0,\"token_offset\":0,"
                        + "\"token_count\":2,\"token_ids\":[1],\"text_offset\":0,\"text\":\"\"}",
                "token_count: 2 (expected: 1, as token_ids)");
        String chunk =
                "{\"id\":\"r\",\"object\":\"chunk\",\"choice\":0,\"token_offset\":0,"
                        + "\"token_count\":1,\"text_offset\":0,\"text\":\"\",";
        assertWrong(chunk + "\"token_ids\":{\"x\":1}}", "token_ids: OBJECT (expected: an array)");
        assertWrong(
                chunk + "\"token_ids\":[1],\"logprobs\":{\"x\":1}}",
                "logprobs: OBJECT (expected: an array)");
        assertWrong(
                chunk
                        + "\"token_ids\":[1],\"logprobs\":[{\"token_id\":1,"
                        + "\"bytes\":{\"x\":1}}]}",
                "bytes: OBJECT (expected: an array)");
    }

    @Test
    void shouldKeepACellsDepth() throws Exception {
        CellReport report = CellReport.of(new CellDepth(2, 1024, 1L << 26, false));
        assertThat(CellReportJson.decode(CellReportJson.encode(report))).isEqualTo(report);
        assertThatThrownBy(() -> CellReportJson.decode("{}".getBytes(UTF_8)))
                .isInstanceOf(WireException.class)
                .hasMessage("cell record: {} (expected: an object with cell and open)");
    }

    private static void assertWrong(String body, String message) {
        assertThatThrownBy(() -> CompletionJson.decode(body.getBytes(UTF_8), META))
                .isInstanceOf(WireException.class)
                .hasMessage(message);
    }

    private static String text(CompletionRecord record) {
        return new String(CompletionJson.encode(record), UTF_8);
    }

    static CompletionRecord chunk(
            String text, TokenLogprob[] logprobs, String finishReason, String stopReason) {
        return new Chunk(
                "r-1",
                1,
                new Tokens(4, new int[] {17, 3}, logprobs),
                new Text(12, text),
                finishReason == null ? null : new Finish(finishReason, stopReason),
                META);
    }
}
