package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tropical.openai.Call.Choices;
import dev.tropical.openai.Call.Logprobs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallReaderTest {
    @Test
    void shouldKeepWhatShapesTheAnswerAndForwardTheRest() {
        CallPlan plan =
                read(
                        Endpoint.CHAT,
                        "{'messages':[{'role':'user','stream':3}],'model':'m','stream':true,'n':2,"
                                + "'stream_options':{'include_usage':true},'user':'u','seed':null,"
                                + "'store':false,'temperature':0.1}");

        assertThat(plan.call())
                .isEqualTo(
                        new Call(
                                Endpoint.CHAT,
                                "chatcmpl-id-1",
                                "m",
                                9,
                                true,
                                true,
                                1,
                                new Choices(2, 2, Logprobs.NONE, 0)));
        assertThat(plan.requestId()).isEqualTo("id-1");
        assertThat(bodies(plan))
                .containsExactly(
                        "{'messages':[{'role':'user','stream':3}],'model':'m','n':2,"
                                + "'temperature':0.1}");
    }

    @Test
    void shouldNotPrefixAnIdThatHasThePrefix() {
        CallPlan plan =
                CallReader.read(
                        Endpoint.COMPLETIONS,
                        CallHeaders.ofId(null),
                        bytes("{'prompt':'a'}"),
                        "m",
                        9);

        assertThat(plan.call().id()).matches("cmpl-[0-9a-f]{32}").isEqualTo(plan.requestId());
    }

    @Test
    void shouldLookForCallsOfToolsThatTheModelIsShown() {
        String tools = "{'messages':[],'tools':[{'type':'function'}]%s}";
        assertThat(maxToolCalls(tools.formatted(""))).isEqualTo(Integer.MAX_VALUE);
        assertThat(maxToolCalls(tools.formatted(",'tool_choice':{'type':'function'}")))
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(maxToolCalls(tools.formatted(",'parallel_tool_calls':false"))).isEqualTo(1);
        assertThat(maxToolCalls(tools.formatted(",'tool_choice':'none'"))).isZero();
        assertThat(maxToolCalls("{'messages':[],'tools':[]}")).isZero();
    }

    private static int maxToolCalls(String body) {
        return read(Endpoint.CHAT, body).call().choices().maxToolCalls();
    }

    @Test
    void shouldMakeARequestOfEachPrompt() {
        CallPlan texts = read(Endpoint.COMPLETIONS, "{'prompt':['a','b'],'n':2}");

        assertThat(texts.call().prompts()).isEqualTo(2);
        assertThat(texts.parts()).extracting(CallPlan.Part::id).containsExactly("id-1#0", "id-1#1");
        assertThat(bodies(texts)).containsExactly("{'prompt':'a','n':2}", "{'prompt':'b','n':2}");
        assertThat(bodies(read(Endpoint.COMPLETIONS, "{'prompt':[[1,2],[3]]}")))
                .containsExactly("{'prompt':[1,2]}", "{'prompt':[3]}");
        assertThat(bodies(read(Endpoint.COMPLETIONS, "{'prompt':[1,2]}")))
                .containsExactly("{'prompt':[1,2]}");
        assertThat(read(Endpoint.COMPLETIONS, "{'prompt':['a']}").parts())
                .singleElement()
                .extracting(CallPlan.Part::id)
                .isEqualTo("id-1");
    }

    @Test
    void shouldAskForMoreChoicesThanItAnswersToFindTheBest() {
        CallPlan plan = read(Endpoint.COMPLETIONS, "{'prompt':'a','n':2,'best_of':5}");

        assertThat(plan.call().choices()).isEqualTo(new Choices(2, 5, Logprobs.NONE, 0));
        assertThat(bodies(plan)).containsExactly("{'prompt':'a','n':5,'logprobs':0}");
        assertThat(read(Endpoint.COMPLETIONS, "{'best_of':2,'logprobs':3}").call().choices())
                .isEqualTo(new Choices(1, 2, Logprobs.OF_TOKENS, 0));
    }

    @Test
    void shouldTakeTheObjectiveFromTheHeaders() {
        CallHeaders headers =
                new CallHeaders(null, Json.object().put("ttft_ms", 250.0), null, false);

        CallPlan plan =
                CallReader.read(Endpoint.CHAT, headers, bytes("{'messages':[]}"), "demo", 9);

        assertThat(bodies(plan)).containsExactly("{'messages':[],'slo':{'ttft_ms':250.0}}");
    }

    @Test
    void shouldTakeTheIdFromTheBodyToo() {
        CallPlan plan =
                CallReader.read(
                        Endpoint.CHAT,
                        CallHeaders.ofId(null),
                        bytes("{'request_id':'mine'}"),
                        "m",
                        9);

        assertThat(plan.requestId()).isEqualTo("mine");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'stream':'yes'} | stream | stream: \"yes\" (expected: true or false)",
                "{'stream':true,'stream_options':5} | stream_options | expected: an object",
                "{'stream':true,'stream_options':{'a':true}} | stream_options.a | include_usage",
                "{'stream':true,'stream_options':{'continuous_usage_stats':true}} |"
                        + " stream_options.continuous_usage_stats | expected: absent",
                "{'stream_options':{}} | stream_options | only with \"stream\": true",
                "{'messages':[]} | messages | prompt at /v1/completions",
                "{'op':'cancel'} | op | unknown field",
                "{'temprature':1} | temprature | unknown field",
                "{'response_format':{'type':'json_object'}} | response_format | not supported yet",
                "{'suffix':'x'} | suffix | absent or \"\": not supported yet",
                "{'prompt_logprobs':1,'stream':true} | prompt_logprobs | absent in a stream",
                "{'best_of':1,'n':2} | best_of | from n, 2,",
                "{'best_of':2,'stream':true} | best_of | in a stream",
                "{'best_of':2,'echo':true} | best_of | beside echo",
                "{'best_of':'2'} | best_of | an integer",
                "{'request_id':'other'} | request_id | the same as the header",
                "{'prompt':['a',[1]]} | prompt | all strings",
                "{'prompt':['a',1]} | prompt | all strings",
            })
    void shouldNameTheFieldAtFault(String body, String param, String message) {
        ApiError error = refusal(body);

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo("invalid_request");
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.message()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1] | not a JSON object",
                "{'a' | not JSON",
                "{} {} | not JSON",
                "{'n':1,'n':2} | not JSON",
                "`` | not a"
            })
    void shouldRefuseWhatIsNoJsonObject(String body, String message) {
        assertThat(refusal(body).message()).startsWith("body: ").contains(message);
    }

    private static ApiError refusal(String body) {
        return catchThrowableOfType(ApiException.class, () -> read(Endpoint.COMPLETIONS, body))
                .error();
    }

    private static CallPlan read(Endpoint endpoint, String body) {
        return CallReader.read(endpoint, CallHeaders.ofId("id-1"), bytes(body), "served", 9);
    }

    private static List<String> bodies(CallPlan plan) {
        return plan.parts().stream()
                .map(part -> new String(part.body(), StandardCharsets.UTF_8).replace('"', '\''))
                .toList();
    }

    private static byte[] bytes(String body) {
        return body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
