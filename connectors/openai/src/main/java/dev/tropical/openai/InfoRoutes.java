package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;

/** What clients ask about the server itself. */
final class InfoRoutes {
    private InfoRoutes() {}

    /**
     * @param model the served model's name
     * @param startedSeconds seconds since the epoch
     */
    static void addTo(ServerBuilder server, String model, long startedSeconds) {
        ObjectNode card = Json.object();
        card.put("id", model)
                .put("object", "model")
                .put("created", startedSeconds)
                .put("owned_by", "tropical");
        ObjectNode list = Json.object().put("object", "list");
        list.putArray("data").add(card);
        ObjectNode version = Json.object().put("version", Resources.text("version.txt").strip());
        server.route().get("/v1/models").build((context, request) -> json(list));
        // The rest of the path: models' names have slashes.
        server.route()
                .get("glob:/v1/models/**")
                .build((context, request) -> model(card, model, context.pathParam("0")));
        server.route().get("/version").build((context, request) -> json(version));
        // Alive: it answers. Whether engines are up is another question.
        server.route().get("/health").build((context, request) -> HttpResponse.of(HttpStatus.OK));
    }

    private static HttpResponse model(ObjectNode card, String served, String asked) {
        if (asked.equals(served)) {
            return json(card);
        }
        String message = "model: '" + asked + "' (expected: '" + served + "')";
        return ErrorAnswers.answer(new ApiError(404, "model_not_found", message, "model"))
                .toHttpResponse();
    }

    private static HttpResponse json(ObjectNode body) {
        return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(body));
    }
}
