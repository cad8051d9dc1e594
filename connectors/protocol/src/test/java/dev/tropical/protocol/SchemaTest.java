package dev.tropical.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published schemas say what is really written and taken. */
class SchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchema REQUEST = schema("request");
    private static final JsonSchema COMPLETION = schema("completion");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'prompt':'Once upon a time'}",
                "{'prompt':[1,2,3],'max_tokens':5,'temperature':0,'stream':true,'user':'me'}",
                "{'messages':[{'role':'user','content':'Hi'}],'slo':{'ttft_ms':200,'tpot_ms':40}}",
                "{'messages':[{'role':'user','content':[{'type':'text','text':'Hi'}]}]}",
                "{'messages':[{'role':'assistant','tool_calls':[{}]}],'tools':[{}]}",
                "{'prompt':'a','messages':null,'stop':['\\n','###'],'logit_bias':{'17':-100}}",
                "{'prompt':'a','top_k':-1,'seed':-9223372036854775808,'response_format':{'type':'text'}}",
                "{'prompt':'a','prompt_logprobs':20,'echo':true}",
                "{'messages':[{'role':'user','content':'Hi'}],'chat_template':'{{ 1 }}'}",
                "{'id':'r-1','op':'cancel'}",
                "{'op':'leave','body_sha256':'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}"
            })
    void shouldTakeRequests(String body) throws IOException {
        assertThat(faults(REQUEST, quoted(body))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{'prompt':''}",
                "{'prompt':[]}",
                "{'prompt':null}",
                "{'prompt':'a','messages':[{'role':'user','content':'Hi'}]}",
                "{'messages':[]}",
                "{'messages':[{'content':'Hi'}]}",
                "{'prompt':'a','max_token':5}",
                "{'prompt':'a','max_tokens':0}",
                "{'prompt':'a','max_tokens':1.5}",
                "{'prompt':'a','temperature':-0.1}",
                "{'prompt':'a','temperature':'1'}",
                "{'prompt':'a','top_p':0}",
                "{'prompt':'a','n':129}",
                "{'prompt':'a','stop':['']}",
                "{'prompt':'a','slo':{'ttft_ms':0}}",
                "{'prompt':'a','slo':{'ttft':5}}",
                "{'prompt':'a','logit_bias':{'x':1}}",
                "{'prompt':'a','response_format':{'type':'json_object'}}",
                "{'op':'join'}",
                "{'op':'join','body_sha256':'0123'}",
                "{'prompt':'a','op':'retry'}"
            })
    void shouldRefuseRequests(String body) throws IOException {
        assertThat(faults(REQUEST, quoted(body))).isNotEmpty();
    }

    @Test
    void shouldTakeEveryKindOfCompletionAsItIsWritten() throws IOException {
        Meta meta = new Meta(1, null);
        TokenLogprob logprob =
                new TokenLogprob(
                        1,
                        new byte[] {-1},
                        -0.5f,
                        new Alternative[] {new Alternative(2, new byte[0], -1)});
        CompletionRecord[] records = {
            CompletionJsonTest.chunk("a", new TokenLogprob[0], null, null),
            CompletionJsonTest.chunk("", new TokenLogprob[] {logprob, logprob}, "stop", "17"),
            CompletionRecord.Ending.good("r", new Usage(1, 2, 0), meta),
            new CompletionRecord.Notice("r", new Failure("duplicate_id", "m", null), meta)
        };
        for (CompletionRecord record : records) {
            assertValid(record);
        }
        for (ErrorCode code : ErrorCode.values()) {
            assertValid(CompletionRecord.Ending.bad("r", new Failure(code.code(), "m", "p"), meta));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'r','object':'ending','final':true}",
                "{'id':'r','object':'ending','final':false,'error':{'code':'cancelled','message':'m','param':null}}",
                "{'id':'r','object':'chunk','choice':0}",
                "{'id':'r','object':'notice','notice':{'code':'other','message':'m','param':null}}",
                "{'id':'r','object':'notice','notice':{'code':'cancelled','message':'m','param':null},'epoch':1}"
            })
    void shouldRefuseCompletions(String body) throws IOException {
        assertThat(faults(COMPLETION, quoted(body))).isNotEmpty();
    }

    static void assertValid(CompletionRecord record) throws IOException {
        String body = new String(CompletionJson.encode(record), StandardCharsets.UTF_8);
        assertThat(faults(COMPLETION, body)).as(body).isEmpty();
    }

    private static String quoted(String body) {
        return body.replace('\'', '"');
    }

    private static Set<ValidationMessage> faults(JsonSchema schema, String body)
            throws IOException {
        JsonNode node = JSON.readTree(body);
        return schema.validate(node);
    }

    private static JsonSchema schema(String name) {
        String path = "/schema/" + name + ".schema.json";
        try (InputStream in = SchemaTest.class.getResourceAsStream(path)) {
            return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(JSON.readTree(in));
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        }
    }
}
