package dev.tropical.openai;

import static dev.tropical.openai.Events.POSITION;
import static dev.tropical.openai.Events.after;
import static dev.tropical.openai.Events.alternative;
import static dev.tropical.openai.Events.call;
import static dev.tropical.openai.Events.chunk;
import static dev.tropical.openai.Events.echo;
import static dev.tropical.openai.Events.ending;
import static dev.tropical.openai.Events.failed;
import static dev.tropical.openai.Events.finish;
import static dev.tropical.openai.Events.token;
import static dev.tropical.openai.Events.toolsCall;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.openai.Call.Choices;
import dev.tropical.openai.Call.Logprobs;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeAnswerTest {
    private final Answer text = Answer.to(call(Endpoint.COMPLETIONS, false, false));
    private final Answer chat = Answer.to(call(Endpoint.CHAT, false, false));

    @Test
    void shouldWaitForTheEnding() {
        Answer.Part part = after(text, chunk(0, "a"), finish(0, "stop"));

        assertThat(part.isEmpty()).isTrue();
        assertThat(text.isDone()).isFalse();
    }

    @Test
    void shouldPutChoicesTogetherInTheirOrder() {
        Answer.Part part =
                after(
                        Answer.to(several(1, new Choices(2, 2, Logprobs.OF_TOKENS, 0))),
                        chunk(1, "c"),
                        chunk(0, "a"),
                        chunk(1, "d"),
                        chunk(0, "b"),
                        new Finish(1, "stop", "."),
                        finish(0, "length"),
                        ending(5, 4, 2));

        assertThat(part.head()).isEqualTo(new Answer.Head(200, Answer.Head.JSON));
        assertThat(part.isLast()).isTrue();
        assertThat(part.body())
                .isEqualTo(
                        "{\"id\":\"id-1\",\"object\":\"text_completion\",\"created\":1700000000,"
                                + "\"model\":\"demo\",\"choices\":["
                                + "{\"index\":0,\"text\":\"ab\",\"logprobs\":null,"
                                + "\"finish_reason\":\"length\",\"stop_reason\":null},"
                                + "{\"index\":1,\"text\":\"cd\",\"logprobs\":null,"
                                + "\"finish_reason\":\"stop\",\"stop_reason\":\".\"}],"
                                + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":4,"
                                + "\"total_tokens\":9,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}");
    }

    @Test
    void shouldAnswerWithTheCallsOfTools() {
        Answer answer = Answer.to(toolsCall(false));

        String body =
                after(
                                answer,
                                chunk(0, "<tool_call>{\"name\":\"f\","),
                                chunk(0, "\"arguments\":{}}</tool_call>"),
                                finish(0, "stop"),
                                ending(5, 4, 2))
                        .body();

        assertThat(body)
                .containsPattern(
                        "\"message\":\\{\"role\":\"assistant\",\"content\":null,\"refusal\":null,"
                                + "\"tool_calls\":\\[\\{\"id\":\"call_[0-9a-f]{16}\",")
                .contains(
                        "\"type\":\"function\","
                                + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
                        "\"finish_reason\":\"tool_calls\"");
    }

    @Test
    void shouldPutTheEchoedPromptsLogprobsBeforeTheTokens() {
        Logprobs echoed = new Logprobs(true, true, false);
        TokenLogprob bos = token("<s>", Float.NaN);
        TokenLogprob once = token(" Once", -3f, alternative(" The", -1f));
        Chunk first =
                new Chunk(0, 0, List.of(7), "a", List.of(token("a", -2f)), List.of(bos, once));

        String body =
                after(
                                Answer.to(several(1, new Choices(1, 1, echoed, 0))),
                                echo(0, "Once"),
                                first,
                                finish(0, "length"),
                                ending(2, 1, 0))
                        .body();

        assertThat(body)
                .contains(
                        "\"text\":\"Oncea\"",
                        "\"text_offset\":[0,0,4]",
                        "\"token_logprobs\":[null,-3.0,-2.0]",
                        "\"tokens\":[\"<s>\",\" Once\",\"a\"]",
                        "\"top_logprobs\":[null,{\" Once\":-3.0,\" The\":-1.0},{\"a\":-2.0}]")
                .doesNotContain("prompt_logprobs");
    }

    @Test
    void shouldTellThePromptsLogprobsAsVllmDoes() {
        Logprobs apart = new Logprobs(false, false, true);
        TokenLogprob bos = token("<s>", Float.NaN);
        TokenLogprob once =
                new TokenLogprob(
                        7,
                        " Once".getBytes(StandardCharsets.UTF_8),
                        -3f,
                        new Alternative[] {alternative(" The", -1f)},
                        5);
        Chunk first = new Chunk(0, 0, List.of(7), "a", List.of(), List.of(bos, once));

        String body =
                after(
                                Answer.to(several(1, new Choices(1, 1, apart, 0))),
                                first,
                                finish(0, "length"),
                                ending(2, 1, 0))
                        .body();

        assertThat(body)
                .contains(
                        "\"stop_reason\":null,\"prompt_logprobs\":[null,{\"7\":{\"logprob\":-3.0,\"rank\":5,\"decoded_token\":\""
                            + " Once\"},\"8\":{\"logprob\":-1.0,\"rank\":1,\"decoded_token\":\""
                            + " The\"}}]}]");
    }

    @Test
    void shouldAnswerAChatWithAMessage() {
        Answer.Part part = after(chat, chunk(0, "Hi"), finish(0, "stop"), ending(1, 1, 0));

        assertThat(part.body())
                .contains(
                        "\"object\":\"chat.completion\"",
                        "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\","
                                + "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\","
                                + "\"stop_reason\":null}");
    }

    @Test
    void shouldListAChoiceThatSaidNothing() {
        Answer.Part part = after(text, finish(0, "stop"), ending(1, 1, 0));

        assertThat(part.body()).contains("{\"index\":0,\"text\":\"\",");
    }

    @Test
    void shouldCountLogprobOffsetsBehindTheEcho() {
        Answer.Part part =
                after(
                        text,
                        echo(0, "ab"),
                        chunk(0, "cd", token("cd", -1f)),
                        chunk(0, "e", token("e", -2f)),
                        finish(0, "stop"),
                        ending(1, 2, 0));

        assertThat(part.body())
                .contains("\"text\":\"abcde\",\"logprobs\":{\"text_offset\":[2,4],")
                .contains("\"tokens\":[\"cd\",\"e\"]");
    }

    @Test
    void shouldAnswerWithTheErrorAloneAlsoAfterText() {
        Answer.Part part =
                after(chat, chunk(0, "lost text"), failed("queue_timeout", "no room", null));

        assertThat(part.head()).isEqualTo(new Answer.Head(503, Answer.Head.JSON));
        assertThat(part.body()).contains("\"code\":\"queue_timeout\"").doesNotContain("lost text");
        assertThat(part.isLast()).isTrue();
    }

    @Test
    void shouldCallAChoiceWithoutFinishAFault() {
        Answer.Part part = after(text, chunk(0, "a"), ending(1, 1, 0));

        assertThat(part.head()).isEqualTo(new Answer.Head(500, Answer.Head.JSON));
        assertThat(part.body()).contains("choice 0 has no finish_reason");
    }

    @Test
    void shouldNumberTheChoicesOfSeveralPromptsInTheirOrder() {
        Answer answer = Answer.to(several(2, new Choices(2, 2, Logprobs.NONE, 0)));
        answer.accept(1, chunk(1, "d"), POSITION);
        answer.accept(1, chunk(0, "c"), POSITION);
        answer.accept(0, chunk(0, "a"), POSITION);
        answer.accept(0, chunk(1, "b"), POSITION);
        for (int part = 0; part < 2; part++) {
            answer.accept(part, finish(0, "stop"), POSITION);
            answer.accept(part, finish(1, "stop"), POSITION);
            answer.accept(part, ending(3, 2, 1), POSITION);
        }

        assertThat(answer.take().body())
                .contains("{\"index\":0,\"text\":\"a\"", "{\"index\":1,\"text\":\"b\"")
                .contains("{\"index\":2,\"text\":\"c\"", "{\"index\":3,\"text\":\"d\"")
                .contains("\"prompt_tokens\":6,\"completion_tokens\":4,\"total_tokens\":10")
                .contains("\"cached_tokens\":2");
    }

    @Test
    void shouldAnswerTheChoicesWithTheHighestMeanLogprobAndHideIt() {
        Answer answer = Answer.to(several(1, new Choices(2, 3, Logprobs.NONE, 0)));

        Answer.Part part =
                after(
                        answer,
                        chunk(0, "worst", token("worst", -3f)),
                        chunk(1, "best", token("be", -1f), token("st", -0.5f)),
                        chunk(2, "good", token("good", -0.9f)),
                        finish(0, "stop"),
                        finish(1, "stop"),
                        finish(2, "length"),
                        ending(1, 4, 0));

        assertThat(part.body())
                .contains(
                        "[{\"index\":0,\"text\":\"best\",\"logprobs\":null,"
                                + "\"finish_reason\":\"stop\",\"stop_reason\":null},"
                                + "{\"index\":1,\"text\":\"good\",\"logprobs\":null,"
                                + "\"finish_reason\":\"length\",\"stop_reason\":null}]")
                .contains("\"completion_tokens\":4");
    }

    private static Call several(int prompts, Choices choices) {
        return new Call(
                Endpoint.COMPLETIONS,
                "id-1",
                "demo",
                1_700_000_000L,
                false,
                false,
                prompts,
                choices);
    }
}
