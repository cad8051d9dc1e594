package dev.tropical.openai;

import static dev.tropical.openai.Events.after;
import static dev.tropical.openai.Events.alternative;
import static dev.tropical.openai.Events.call;
import static dev.tropical.openai.Events.chunk;
import static dev.tropical.openai.Events.echo;
import static dev.tropical.openai.Events.ending;
import static dev.tropical.openai.Events.failed;
import static dev.tropical.openai.Events.finish;
import static dev.tropical.openai.Events.notice;
import static dev.tropical.openai.Events.token;
import static dev.tropical.openai.Events.toolsCall;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.RecordPosition;
import dev.tropical.protocol.BodyHash;
import org.junit.jupiter.api.Test;

class StreamAnswerTest {
    private static final String TEXT_START =
            "id: 3:120:15\n"
                + "data: {\"id\":\"id-1\",\"object\":\"text_completion\",\"created\":1700000000,"
                + "\"model\":\"demo\",\"choices\":[";
    private static final String CHAT_START =
            "id: 3:120:15\n"
                + "data:"
                + " {\"id\":\"id-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                + "\"model\":\"demo\",\"choices\":[";

    private final Answer text = Answer.to(call(Endpoint.COMPLETIONS, true, false));
    private final Answer chat = Answer.to(call(Endpoint.CHAT, true, false));

    @Test
    void shouldStreamTextThenFinishThenDone() {
        Answer.Part part = after(text, chunk(0, "Hi"), finish(0, "length"), ending(3, 1, 0));

        assertThat(part.head()).isEqualTo(new Answer.Head(200, Answer.Head.EVENT_STREAM));
        assertThat(part.isLast()).isTrue();
        assertThat(part.body())
                .isEqualTo(
                        TEXT_START
                                + "{\"index\":0,\"text\":\"Hi\",\"logprobs\":null,"
                                + "\"finish_reason\":null,\"stop_reason\":null}]}\n\n"
                                + TEXT_START
                                + "{\"index\":0,\"text\":\"\",\"logprobs\":null,"
                                + "\"finish_reason\":\"length\",\"stop_reason\":null}]}\n\n"
                                + "id: 3:120:15\ndata: [DONE]\n\n");
    }

    @Test
    void shouldOpenEachChatChoiceWithItsRoleOnce() {
        Answer.Part part = after(chat, chunk(1, "a"), chunk(1, "b"), new Finish(1, "stop", "END"));

        assertThat(part.body())
                .isEqualTo(
                        CHAT_START
                                + "{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
                                + CHAT_START
                                + "{\"index\":1,\"delta\":{\"content\":\"a\"},"
                                + "\"logprobs\":null,\"finish_reason\":null}]}\n\n"
                                + CHAT_START
                                + "{\"index\":1,\"delta\":{\"content\":\"b\"},"
                                + "\"logprobs\":null,\"finish_reason\":null}]}\n\n"
                                + CHAT_START
                                + "{\"index\":1,\"delta\":{},\"logprobs\":null,"
                                + "\"finish_reason\":\"stop\",\"stop_reason\":\"END\"}]}\n\n");
    }

    @Test
    void shouldStreamACallOfAToolWhenItIsComplete() {
        Answer answer = Answer.to(toolsCall(true));

        assertThat(after(answer, chunk(0, "Well.\n<tool_call>{\"name\":\"f\",")).body())
                .contains("{\"content\":\"Well.\"}")
                .doesNotContain("tool_call");
        assertThat(after(answer, chunk(0, "\"arguments\":{\"a\":[1]}}</tool_call>")).body())
                .isEqualTo(
                        CHAT_START
                                + "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
                                + "\"id\":\"call_"
                                + BodyHash.of("id-1/0/0".getBytes(UTF_8)).substring(0, 16)
                                + "\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":[1]}\"}}]},"
                                + "\"logprobs\":null,\"finish_reason\":null}]}\n\n");
        assertThat(after(answer, chunk(0, "\n"), finish(0, "stop")).body())
                .contains("\"delta\":{}", "\"finish_reason\":\"tool_calls\"")
                .doesNotContain("content");
    }

    @Test
    void shouldGiveOutEachPieceOnce() {
        assertThat(after(text, chunk(0, "a")).body()).contains("\"text\":\"a\"");
        Answer.Part second = after(text, chunk(0, "b"));

        assertThat(second.head()).isNull();
        assertThat(second.body()).contains("\"text\":\"b\"").doesNotContain("\"text\":\"a\"");
        assertThat(text.take().isEmpty()).isTrue();
    }

    @Test
    void shouldSayNothingWhileTextIsHeldBack() {
        assertThat(after(text, chunk(0, "")).body()).isEmpty();
    }

    @Test
    void shouldSendUsageLastAndAsNullBeforeWhenAskedFor() {
        Answer answer = Answer.to(call(Endpoint.CHAT, true, true));

        String body = after(answer, finish(0, "stop"), ending(3, 2, 1)).body();

        assertThat(body.split("\n\n"))
                .hasSize(4)
                .satisfies(
                        events -> {
                            assertThat(events[0]).endsWith("\"usage\":null}");
                            assertThat(events[1]).endsWith("\"usage\":null}");
                            assertThat(events[2])
                                    .endsWith(
                                            "\"choices\":[],\"usage\":{\"prompt_tokens\":3,"
                                                + "\"completion_tokens\":2,\"total_tokens\":5,"
                                                + "\"prompt_tokens_details\":{\"cached_tokens\":1}}}");
                            assertThat(events[3]).isEqualTo("id: 3:120:15\ndata: [DONE]");
                        });
    }

    @Test
    void shouldAnswerWithTheErrorsStatusWhenNothingHasBeenSaid() {
        Answer.Part part = after(text, failed("context_length_exceeded", "too long", "prompt"));

        assertThat(part.head()).isEqualTo(new Answer.Head(400, Answer.Head.JSON));
        assertThat(part.isLast()).isTrue();
        assertThat(part.body())
                .isEqualTo(
                        "{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\","
                                + "\"param\":\"prompt\",\"code\":\"context_length_exceeded\"}}");
    }

    @Test
    void shouldEndARunningStreamWithAnErrorEvent() {
        Answer.Part part = after(text, chunk(0, "a"), failed("engine_failed", "lost", null));

        assertThat(part.isLast()).isTrue();
        assertThat(part.body())
                .endsWith(
                        "id: 3:120:15\n"
                            + "data:"
                            + " {\"error\":{\"message\":\"lost\",\"type\":\"server_error\",\"param\":null,\"code\":\"engine_failed\"}}\n\n"
                            + "id: 3:120:15\n"
                            + "data: [DONE]\n\n");
    }

    @Test
    void shouldGoOnBehindWhatItsClientHasSeen() {
        Call call = call(Endpoint.CHAT, true, false);
        Answer answer = Answer.goingOn(call, EventId.parse("3:120:15", 1));

        answer.accept(0, chunk(0, "seen"), new RecordPosition(3, 100, 0));
        answer.accept(0, chunk(0, "seen too"), new RecordPosition(3, 120, 15));
        answer.accept(0, chunk(0, "new"), new RecordPosition(3, 130, 23));
        answer.accept(0, finish(0, "stop"), new RecordPosition(3, 130, 23));

        Answer.Part part = answer.take();
        assertThat(part.head()).isEqualTo(new Answer.Head(200, Answer.Head.EVENT_STREAM));
        assertThat(part.body())
                .startsWith("id: 3:130:23\ndata: ")
                .contains("{\"content\":\"new\"}", "\"finish_reason\":\"stop\"")
                .doesNotContain("seen", "assistant");
    }

    @Test
    void shouldGoOnWhenItsIdIsUsedAgain() {
        after(text, chunk(0, "a"), notice("duplicate_id"));

        assertThat(text.isDone()).isFalse();
    }

    @Test
    void shouldCountTextOffsetsFromTheTokensAndTheEcho() {
        byte[] firstHalf = {(byte) 0xC3};
        byte[] secondHalf = {(byte) 0xA9};

        String body =
                after(
                                text,
                                echo(0, "\uD83D\uDE00p"),
                                chunk(0, "ab", token("ab", -0.5f, alternative("x", -1.5f))),
                                chunk(0, "", token(firstHalf, -1f)),
                                chunk(0, "\u00E9c", token(secondHalf, -2f), token("c", -3f)))
                        .body();

        assertThat(body)
                .contains(
                        "\"text_offset\":[2],\"token_logprobs\":[-0.5],\"tokens\":[\"ab\"],"
                                + "\"top_logprobs\":[{\"ab\":-0.5,\"x\":-1.5}]")
                .contains("\"text_offset\":[4],\"token_logprobs\":[-1.0]")
                .contains("\"text_offset\":[4,5],\"token_logprobs\":[-2.0,-3.0]");
    }

    @Test
    void shouldWriteChatLogprobsWithBytesAndAlternatives() {
        String body =
                after(chat, chunk(0, "\u00E9", token("\u00E9", -0.1f, alternative("e", -2.5f))))
                        .body();

        assertThat(body)
                .contains(
                        "\"logprobs\":{\"content\":[{\"token\":\"\u00E9\",\"logprob\":-0.1,"
                                + "\"bytes\":[195,169],\"top_logprobs\":[{\"token\":\"e\","
                                + "\"logprob\":-2.5,\"bytes\":[101]}]}]}");
    }

    @Test
    void shouldWriteAnImpossibleTokensLogprobAsANumber() {
        String body = after(text, chunk(0, "a", token("a", Float.NEGATIVE_INFINITY))).body();

        assertThat(body).contains("\"token_logprobs\":[-9999.0]");
    }
}
