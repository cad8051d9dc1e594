package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallReaderTest {
    @Test
    void shouldReadWhatShapesTheAnswerAndPassOverTheRest() {
        Call call =
                read(
                        Endpoint.CHAT,
                        "{'messages':[{'role':'user','stream':3}],'model':'m','stream':true,"
                                + "'stream_options':{'include_usage':true},'x':{'op':1}}");

        assertThat(call).isEqualTo(new Call(Endpoint.CHAT, "id-1", "m", 9, true, true));
    }

    @Test
    void shouldTakeAbsentAndNullForTheDefaults() {
        Call expected = new Call(Endpoint.COMPLETIONS, "id-1", "served", 9, false, false);

        assertThat(read(Endpoint.COMPLETIONS, "{'prompt':'a'}")).isEqualTo(expected);
        assertThat(read(Endpoint.COMPLETIONS, "{'model':null,'stream':null,'stream_options':null}"))
                .isEqualTo(expected);
    }

    @Test
    void shouldLeaveAWrongModelToAdmission() {
        assertThat(read(Endpoint.CHAT, "{'model':['m']}").model()).isEqualTo("served");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'stream':'yes'} | stream | stream: yes (expected: true or false)",
                "{'stream':true,'stream_options':5} | stream_options | expected: an object",
                "{'stream':true,'stream_options':{'a':1}} | stream_options.a | include_usage",
                "{'stream_options':{}} | stream_options | only with \"stream\": true",
                "{'messages':[]} | messages | prompt at /v1/completions",
                "{'op':'cancel'} | op | no such field",
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
                "{} {} | more after",
                "`` | not a"
            })
    void shouldRefuseWhatIsNoJsonObject(String body, String message) {
        assertThat(refusal(body).message()).startsWith("body: ").contains(message);
    }

    private static ApiError refusal(String body) {
        return catchThrowableOfType(ApiException.class, () -> read(Endpoint.COMPLETIONS, body))
                .error();
    }

    private static Call read(Endpoint endpoint, String body) {
        byte[] json = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return CallReader.read(endpoint, "id-1", json, "served", 9);
    }
}
