package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.BodyHash;
import java.nio.charset.StandardCharsets;

/**
 * A call of a tool that the model has written.
 *
 * @param index among the choice's calls
 * @param arguments a JSON text, as OpenAI has it
 */
record ToolCall(int index, String name, String arguments) {

    /**
     * As a whole message has it.
     *
     * @param answerId with it the call's id is the same whenever and wherever the answer is read
     */
    ObjectNode toMessage(String answerId, int choice) {
        return fill(Json.object(), answerId, choice);
    }

    /** As a stream has it. */
    ObjectNode toDelta(String answerId, int choice) {
        return fill(Json.object().put("index", index), answerId, choice);
    }

    private ObjectNode fill(ObjectNode call, String answerId, int choice) {
        String place = answerId + "/" + choice + "/" + index;
        byte[] digest = BodyHash.digest(place.getBytes(StandardCharsets.UTF_8));
        call.put("id", "call_" + BodyHash.shortened(digest)).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", arguments);
        return call;
    }
}
