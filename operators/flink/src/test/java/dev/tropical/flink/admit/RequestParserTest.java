package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.TestModels;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.SamplingParams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
    private static final int MAX_BYTES = 4096;

    @TempDir static Path folder;
    private static ModelCatalog catalog;
    private static RequestParser parser;

    @BeforeAll
    static void load() throws IOException {
        AdmitOptions options =
                AdmitOptions.of(
                        List.of(
                                TestModels.byteLevel(folder.resolve("tiny")),
                                TestModels.sentencePiece(folder.resolve("piece"))),
                        4);
        catalog = ModelCatalog.open(options.models());
        parser = new RequestParser(catalog, options);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    @Test
    void shouldMakeEveryDefaultExplicit() throws RequestFault {
        AdmittedRequest request = parse("{'prompt': 'hello'}");
        assertThat(request.getModel()).isEqualTo("tiny");
        assertThat(request.getPromptTokenIdsList()).hasSize(2).startsWith(0); // bos
        assertThat(request.getLane()).isEqualTo(Lanes.of("id-1"));
        assertThat(request.getCell()).isBetween(0, 3);
        assertThat(request.getN()).isEqualTo(1);
        assertThat(request.getSkipSpecialTokens()).isTrue();
        assertThat(request.getSlo().getTtftNs()).isZero();
        assertThat(request.getSlo().getTpotNs()).isEqualTo(100_000_000);
        assertThat(request.getArrivedAtMs()).isEqualTo(12_345);
        assertThat(request.getSampling())
                .isEqualTo(
                        SamplingParams.newBuilder()
                                .setTemperature(1)
                                .setTopP(1)
                                .setRepetitionPenalty(1)
                                .setSeed(Lanes.hash("id-1"))
                                .addEosTokenIds(1)
                                .addEosTokenIds(5)
                                .setMaxTokens(16)
                                .setLogprobs(-1)
                                .build());
    }

    @Test
    void shouldTakeEveryFieldOfACompletion() throws RequestFault {
        AdmittedRequest request =
                parse(
                        "{'model':'tiny-alias','prompt':[3,270],'max_tokens':9,'n':3,'echo':true,"
                            + "'stop':['a','b'],'temperature':0.5,'top_k':7,'top_p':0.9,"
                            + "'min_p':0.1,'repetition_penalty':1.2,'presence_penalty':-2,"
                            + "'frequency_penalty':2,'logit_bias':{'7':-100,'8':1.5},'seed':-5,"
                            + "'stop_token_ids':[9],'allowed_token_ids':[1,2],'ignore_eos':true,"
                            + "'min_tokens':2,'include_stop_str_in_output':true,"
                            + "'skip_special_tokens':false,'priority':-3,'slo':{'ttft_ms':250,"
                            + "'tpot_ms':12.5},'user':'u','stream':true,'metadata':{'a':'b'},"
                            + "'best_of':3,'suffix':null,'id':'id-1'}");
        assertThat(request.getPromptTokenIdsList()).containsExactly(3, 270);
        assertThat(request.getN()).isEqualTo(3);
        assertThat(request.getEcho()).isTrue();
        assertThat(request.getStopList()).containsExactly("a", "b");
        assertThat(request.getIncludeStopInOutput()).isTrue();
        assertThat(request.getSkipSpecialTokens()).isFalse();
        assertThat(request.getPriority()).isEqualTo(-3);
        assertThat(request.getSlo().getTtftNs()).isEqualTo(250_000_000);
        assertThat(request.getSlo().getTpotNs()).isEqualTo(12_500_000);
        SamplingParams sampling = request.getSampling();
        assertThat(sampling.getMaxTokens()).isEqualTo(9);
        assertThat(sampling.getTemperature()).isEqualTo(0.5f);
        assertThat(sampling.getTopK()).isEqualTo(7);
        assertThat(sampling.getTopP()).isEqualTo(0.9f);
        assertThat(sampling.getMinP()).isEqualTo(0.1f);
        assertThat(sampling.getRepetitionPenalty()).isEqualTo(1.2f);
        assertThat(sampling.getPresencePenalty()).isEqualTo(-2);
        assertThat(sampling.getFrequencyPenalty()).isEqualTo(2);
        assertThat(sampling.getLogitBiasMap()).containsEntry(7, -100f).containsEntry(8, 1.5f);
        assertThat(sampling.getSeed()).isEqualTo(-5);
        assertThat(sampling.getStopTokenIdsList()).containsExactly(9);
        assertThat(sampling.getAllowedTokenIdsList()).containsExactly(1, 2);
        assertThat(sampling.getIgnoreEos()).isTrue();
        assertThat(sampling.getMinTokens()).isEqualTo(2);
    }

    @Test
    void shouldAskForThePromptsLogprobsByNameOrByEcho() throws RequestFault {
        assertThat(parse("{'prompt':'a'}").getSampling().hasPromptLogprobs()).isFalse();
        assertThat(parse("{'prompt':'a','logprobs':2}").getSampling().hasPromptLogprobs())
                .isFalse();
        assertThat(parse("{'prompt':'a','prompt_logprobs':0}").getSampling())
                .matches(s -> s.hasPromptLogprobs() && s.getPromptLogprobs() == 0);
        assertThat(parse("{'prompt':'a','echo':true,'logprobs':3}").getSampling())
                .matches(s -> s.getPromptLogprobs() == 3 && s.getLogprobs() == 3);
    }

    @Test
    void shouldRenderAChatByTheRequestsOwnTemplate() throws RequestFault {
        int hello = catalog.find("tiny").tokenizer().idOf("hello");
        String chat = "{'messages':[{'role':'user','content':'hello'}],'chat_template':'%s'}";
        assertThat(
                        parse(chat.formatted("{{ bos_token }}{{ messages[0].content }}"))
                                .getPromptTokenIdsList())
                .containsExactly(0, hello);
        assertThat(
                        parse(
                                        chat.formatted("{{ messages[0].content }}")
                                                .replace("{'mess", "{'model':'piece','mess"))
                                .getModel())
                .isEqualTo("piece");
    }

    @Test
    void shouldRenderAChatWithoutAddingBosTwice() throws RequestFault {
        AdmittedRequest request =
                parse(
                        "{'messages':[{'role':'user','content':[{'type':'text','text':'hello'}]}],"
                                + "'logprobs':true,'top_logprobs':5}");
        int hello = catalog.find("tiny").tokenizer().idOf("hello");
        assertThat(request.getPromptTokenIdsList()).containsExactly(0, 3, hello, 5, 4);
        assertThat(request.getSampling().getMaxTokens()).isEqualTo(TestModels.CONTEXT - 5);
        assertThat(request.getSampling().getLogprobs()).isEqualTo(5);
        assertThat(
                        parse(
                                        "{'messages':[{'role':'user','content':'hello'}],"
                                                + "'max_completion_tokens':3,'logprobs':true}")
                                .getSampling())
                .satisfies(
                        s -> {
                            assertThat(s.getMaxTokens()).isEqualTo(3);
                            assertThat(s.getLogprobs()).isZero();
                        });
    }

    @Test
    void shouldGoOnWithTheLastMessageWhenItIsToBeContinued() throws RequestFault {
        String chat =
                "{'messages':[{'role':'user','content':'b'},{'role':'assistant',"
                        + "'content':'hello'}],'continue_final_message':true}";
        int hello = catalog.find("tiny").tokenizer().idOf("hello");
        assertThat(parse(chat).getPromptTokenIdsList()).endsWith(4, hello);
    }

    @Test
    void shouldKeepThePromptsLastTokensWhenItIsTruncated() throws RequestFault {
        assertThat(parse("{'prompt':[1,2,3,4],'truncate_prompt_tokens':2}").getPromptTokenIdsList())
                .containsExactly(3, 4);
        String words = "hello ".repeat(400);
        AdmittedRequest request =
                parse("{'prompt':'" + words + "','truncate_prompt_tokens':-1,'max_tokens':1}");
        assertThat(request.getPromptTokenIdsCount()).isEqualTo(TestModels.CONTEXT - 1);
    }

    @Test
    void shouldAddSpecialTokensOnlyWhenToldTo() throws RequestFault {
        assertThat(parse("{'prompt':'hello','add_special_tokens':false}").getPromptTokenIdsList())
                .hasSize(1);
        assertThat(
                        parse(
                                        "{'messages':[{'role':'user','content':'a'}],"
                                                + "'add_special_tokens':true}")
                                .getPromptTokenIdsList())
                .startsWith(0, 0, 3);
    }

    @Test
    void shouldTreatATinyTemperatureAsGreedyAndMinusOneTopKAsOff() throws RequestFault {
        SamplingParams sampling =
                parse("{'prompt':'a','temperature':1e-30,'top_k':-1}").getSampling();
        assertThat(sampling.getTemperature()).isZero();
        assertThat(sampling.getTopK()).isZero();
    }

    @Test
    void shouldShortenTheDefaultToWhatFits() throws RequestFault {
        assertThat(parse("{'prompt':" + tokens(60) + "}").getSampling().getMaxTokens())
                .isEqualTo(4);
        assertThat(parse("{'prompt':" + tokens(63) + "}").getSampling().getMaxTokens())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "prompt | {'prompt':''} | empty",
                "prompt | {'prompt':[]} | no tokens",
                "prompt | {} | absent",
                "prompt | {'prompt':5} | a string or a list of token ids",
                "prompt | {'prompt':['a','b']} | \"a\"",
                "prompt | {'prompt':[1,2.5]} | 2.5",
                "prompt | {'prompt':[280]} | 280 (expected: token ids in [0, 280))",
                "prompt | {'prompt':[-1]} | -1",
                "prompt | {'prompt':'a','messages':[]} | one of",
                "model | {'model':5,'prompt':'a'} | 5 (expected: a string)",
                "max_tokens | {'prompt':'a','max_tokens':0} | 0 (expected: an integer in [1,",
                "max_tokens | {'prompt':'a','max_tokens':'7'} | \"7\"",
                "max_tokens | {'prompt':'a','max_tokens':7.5} | 7.5",
                "max_tokens | {'prompt':'a','max_tokens':99999999999999999999} | 99999999999999",
                "min_tokens | {'prompt':'a','max_tokens':3,'min_tokens':4} | at most max_tokens, 3",
                "temperature | {'prompt':'a','temperature':-1} | -1 (expected: a number in [0, 2])",
                "temperature | {'prompt':'a','temperature':1e400} | expected: a number in [0, 2]",
                "temperature | {'prompt':'a','temperature':'hot'} | \"hot\"",
                "temperature | {'prompt':'a','temperature':true} | true",
                "top_p | {'prompt':'a','top_p':0} | 0 (expected: a number in (0, 1])",
                "top_p | {'prompt':'a','top_p':1e-60} | (0, 1]",
                "top_p | {'prompt':'a','top_p':1.01} | 1.01",
                "top_k | {'prompt':'a','top_k':-2} | -2",
                "min_p | {'prompt':'a','min_p':2} | 2",
                "repetition_penalty | {'prompt':'a','repetition_penalty':0} | (0, 10]",
                "presence_penalty | {'prompt':'a','presence_penalty':2.5} | [-2, 2]",
                "frequency_penalty | {'prompt':'a','frequency_penalty':-3} | [-2, 2]",
                "n | {'prompt':'a','n':0} | [1, 128]",
                "n | {'prompt':'a','n':129} | 129",
                "best_of | {'prompt':'a','best_of':2} | 2",
                "seed | {'prompt':'a','seed':9223372036854775808} | 64 bits",
                "seed | {'prompt':'a','seed':1.5} | 1.5",
                "stop | {'prompt':'a','stop':''} | \"\"",
                "stop | {'prompt':'a','stop':5} | 5",
                "stop | {'prompt':'a','stop':['a',null]} | null",
                "stop | {'prompt':'a','stop':['\\ud83d']} | expected: strings",
                "stop | {'prompt':'a','stop':[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7]} | at most 16",
                "logit_bias | {'prompt':'a','logit_bias':{'280':1}} | [0, 280)",
                "logit_bias | {'prompt':'a','logit_bias':{'x':1}} | x",
                "logit_bias | {'prompt':'a','logit_bias':{'1':101}} | 101",
                "logit_bias | {'prompt':'a','logit_bias':[1]} | an object",
                "logprobs | {'prompt':'a','logprobs':21} | [0, 20]",
                "logprobs | {'prompt':'a','logprobs':true} | true",
                "prompt_logprobs | {'prompt':'a','prompt_logprobs':-1} | [0, 20]",
                "prompt_logprobs | {'prompt':'a','echo':true,'logprobs':1,'prompt_logprobs':2} |"
                        + " as logprobs beside echo",
                "stop_token_ids | {'prompt':'a','stop_token_ids':[300]} | 300",
                "allowed_token_ids | {'prompt':'a','allowed_token_ids':[]} | 1 to 4096",
                "ignore_eos | {'prompt':'a','ignore_eos':1} | true or false",
                "slo | {'prompt':'a','slo':5} | an object",
                "slo.ttft_ms | {'prompt':'a','slo':{'ttft_ms':0}} | (0, 86400000]",
                "slo.tpot_ms | {'prompt':'a','slo':{'tpot_ms':1e12}} | 1.0E12",
                "slo.ttl | {'prompt':'a','slo':{'ttl':1}} | unknown field",
                "temprature | {'prompt':'a','temprature':1} | unknown field",
                "suffix | {'prompt':'a','suffix':'b'} | not supported",
                "response_format | {'prompt':'a','response_format':{'type':'json'}} | not"
                        + " supported",
                "id | {'prompt':'a','id':'other'} | \"other\"",
                "op | {'prompt':'a','op':'cancl'} | cancl",
                "messages | {'messages':[]} | a list of messages",
                "messages | {'messages':[{'role':'pirate','content':'a'}]} | Unknown role pirate",
                "messages[0] | {'messages':['a']} | \"a\"",
                "messages[0].role | {'messages':[{'content':'a'}]} | absent",
                "messages[0].content | {'messages':[{'role':'user'}]} | absent",
                "messages[0].content | {'messages':[{'role':'user','content':[{'type':'image'}]}]}"
                        + " | image",
                "chat_template | {'messages':[{'role':'user','content':'a'}],'chat_template':7} | a"
                        + " string",
                "chat_template | {'messages':[{'role':'user','content':'a'}],'chat_template':"
                        + "'{{'} | a template",
                "chat_template | {'messages':[{'role':'user','content':'a'}],'chat_template':"
                        + "'{{ range(1) * 9 }}'} | a template",
                "tools | {'messages':[{'role':'user','content':'a'}],'tools':[1]} | a list of",
                "tools | {'messages':[{'role':'user','content':'a'}],'tools':'x'} | a list of",
                "tool_choice | {'messages':[{'role':'user','content':'a'}],'tool_choice':"
                        + "'required'} | auto, none or a function",
                "tool_choice | {'messages':[{'role':'user','content':'a'}],'tools':[{}],"
                        + "'tool_choice':{'type':'function','function':{'name':'f'}}} | one of",
                "continue_final_message | {'messages':[{'role':'user','content':'a'}],"
                        + "'continue_final_message':true,'add_generation_prompt':true} | beside",
                "continue_final_message | {'messages':[{'role':'user','content':' '}],"
                        + "'continue_final_message':true} | a last message",
                "truncate_prompt_tokens | {'prompt':'a','truncate_prompt_tokens':-2} | [-1, 63]",
                "add_special_tokens | {'prompt':'a','add_special_tokens':1} | true or false",
                "top_logprobs | {'messages':[{'role':'user','content':'a'}],'top_logprobs':1} |"
                        + " logprobs: true",
                "messages | {'model':'piece','messages':[{'role':'user','content':'a'}]} |"
                        + " no chat template",
            })
    void shouldNameFieldAndValueAndWhatWasExpected(String param, String body, String says) {
        RequestFault fault = fault(body);
        assertThat(fault.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(fault.param()).isEqualTo(param);
        assertThat(fault.reason()).contains(says).contains("expected").hasSizeLessThan(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "5",
                "[]",
                "hello",
                "{'prompt':",
                "{'prompt':'a'} {}",
                "{'prompt':'a','prompt':'b'}",
                "{'prompt':'a','temperature':NaN}",
                "{'prompt':'a','temperature':Infinity}",
                "{'a':'b}",
                "\u0000\u0001\u0002"
            })
    void shouldRefuseWhatIsNoJsonObject(String body) {
        assertThat(fault(body).code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void shouldRefuseDeepNestingAndHugeNumbers() {
        String deep = "[".repeat(1000) + "]".repeat(1000);
        assertThat(fault("{'prompt':'a','metadata':" + deep + "}").reason()).contains("depth");
        String huge = "9".repeat(2000);
        assertThat(fault("{'prompt':'a','seed':" + huge + "}").reason()).contains("length");
    }

    @Test
    void shouldTellRequestsThatAreTooLargeOrTooLong() {
        RequestFault large = fault("{'prompt':'" + "a".repeat(MAX_BYTES) + "'}");
        assertThat(large.code()).isEqualTo(ErrorCode.REQUEST_TOO_LARGE);
        assertThat(large.reason()).contains("expected: at most 4096");
        for (String prompt : List.of(tokens(64), "'" + "a".repeat(70) + "'", quoted(4000))) {
            RequestFault longPrompt = fault("{'prompt':" + prompt + "}");
            assertThat(longPrompt.code()).isEqualTo(ErrorCode.CONTEXT_LENGTH_EXCEEDED);
            assertThat(longPrompt.param()).isEqualTo("prompt");
            assertThat(longPrompt.reason()).contains("at most 63 tokens");
        }
        RequestFault tooMany = fault("{'prompt':[1,2,3],'max_tokens':62}");
        assertThat(tooMany.code()).isEqualTo(ErrorCode.CONTEXT_LENGTH_EXCEEDED);
        assertThat(tooMany.reason()).startsWith("max_tokens: 62 (expected: at most 61,");
    }

    @Test
    void shouldTellAnUnknownModel() {
        RequestFault fault = fault("{'prompt':'a','model':'gpt-9'}");
        assertThat(fault.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND);
        assertThat(fault.reason())
                .isEqualTo("model: gpt-9 (expected: one of [tiny, tiny-alias, piece])");
    }

    /** Whatever the bytes: a request or a fault, nothing else. */
    @Test
    void shouldNeverThrowAnythingElse() {
        String valid =
                "{'prompt':'hello','max_tokens':9,'n':3,'stop':['a'],'temperature':0.5,'logit_bias':"
                    + "{'7':-100},'slo':{'ttft_ms':250},'messages':null,'seed':1,'tools':[{}]}";
        String chat =
                "{'messages':[{'role':'user','content':'a'},{'role':'assistant','content':null,"
                        + "'tool_calls':[{'function':{'arguments':'{}'}}]}],'tools':[{'a':[1]}]}";
        int faults = 0;
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] body = mutate(bytes(seed % 2 == 0 ? valid : chat), random);
            try {
                parse(body);
            } catch (RequestFault fault) {
                faults++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + new String(body, UTF_8), e);
            }
        }
        assertThat(faults).isBetween(5_000, 20_000);
    }

    private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;
    private static final String[] SNIPPETS = {
        "null",
        "-1",
        "1e999",
        "{}",
        "[]",
        "\"\"",
        "\"\\ud800\"",
        "true",
        "0",
        "99999999999",
        ",",
        "}"
    };

    private static byte[] mutate(byte[] body, Random random) {
        if (random.nextInt(10) == 0) {
            byte[] noise = new byte[random.nextInt(50)];
            random.nextBytes(noise);
            return noise;
        }
        StringBuilder text = new StringBuilder(new String(body, UTF_8));
        for (int i = 0; i <= random.nextInt(3); i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, SNIPPETS[random.nextInt(SNIPPETS.length)]);
                case 2 -> text.setCharAt(at, (char) random.nextInt(0x300));
                default -> {
                    int colon = text.indexOf(":", at);
                    int end = colon < 0 ? -1 : text.indexOf(",", colon);
                    if (end > 0) {
                        text.replace(colon + 1, end, SNIPPETS[random.nextInt(SNIPPETS.length)]);
                    }
                }
            }
        }
        return text.toString().getBytes(UTF_8);
    }

    private static String tokens(int count) {
        return "[" + "7,".repeat(count - 1) + "7]";
    }

    private static String quoted(int chars) {
        return "'" + "a".repeat(chars) + "'";
    }

    private static RequestFault fault(String body) {
        RequestFault fault = catchThrowableOfType(RequestFault.class, () -> parse(body));
        assertThat(fault).as(body).isNotNull();
        return fault;
    }

    private static byte[] bytes(String body) {
        return body.replace('\'', '"').getBytes(UTF_8);
    }

    private static AdmittedRequest parse(String body) throws RequestFault {
        return parse(bytes(body));
    }

    private static AdmittedRequest parse(byte[] body) throws RequestFault {
        InferenceRequest request = new InferenceRequest("id-1", body, 12_345, "requests-0@7");
        var json = RequestBody.parse(request, MAX_BYTES);
        RequestBody.op(json);
        return parser.parse(request, json).build();
    }
}
