package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tropical.openai.ModelText.InvalidTextException;
import dev.tropical.protocol.CompletionRecord.Failure;

/** {@code /tokenize} and {@code /detokenize}, in vLLM's shapes. */
final class TextRoutes {
    private static final String TOKEN_STRINGS = "return_token_strs";

    private final ModelText text;

    private TextRoutes(ModelText text) {
        this.text = text;
    }

    static void addTo(ServerBuilder server, ModelText text) {
        TextRoutes routes = new TextRoutes(text);
        server.route().post("/tokenize").build(service(routes::tokenize));
        server.route().post("/detokenize").build(service(routes::detokenize));
    }

    private interface Question {
        ObjectNode answer(ObjectNode body) throws InvalidTextException;
    }

    private static HttpService service(Question question) {
        return (context, request) ->
                HttpResponse.of(
                        request.aggregate()
                                .thenApplyAsync(
                                        body -> answer(question, body.content().array()),
                                        context.blockingTaskExecutor()));
    }

    private static HttpResponse answer(Question question, byte[] body) {
        try {
            ObjectNode answer = question.answer(Json.readObject(body));
            return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(answer));
        } catch (InvalidTextException e) {
            String param = e.param().isEmpty() ? null : e.param();
            Failure failure = new Failure(e.code(), String.valueOf(e.getMessage()), param);
            throw ApiError.of(failure).asException();
        }
    }

    private ObjectNode tokenize(ObjectNode body) throws InvalidTextException {
        JsonNode wantsStrings = body.remove(TOKEN_STRINGS);
        boolean hasStrings = CallReader.flag(TOKEN_STRINGS, wantsStrings);
        int[] tokens = text.tokenize(body);
        ObjectNode answer = Json.object();
        answer.put("count", tokens.length).put("max_model_len", text.maxModelLen());
        ArrayNode ids = answer.putArray("tokens");
        for (int token : tokens) {
            ids.add(token);
        }
        if (!hasStrings) {
            return answer.putNull("token_strs");
        }
        ArrayNode strings = answer.putArray("token_strs");
        for (int token : tokens) {
            strings.add(text.textOf(body, token));
        }
        return answer;
    }

    private ObjectNode detokenize(ObjectNode body) throws InvalidTextException {
        return Json.object().put("prompt", text.detokenize(body));
    }
}
