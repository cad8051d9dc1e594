package dev.tropical.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What is asked of a Flink cluster's REST API beside its jobs. */
final class FlinkRest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final String address;

    /**
     * @param address {@code http://host:port}
     */
    FlinkRest(String address) {
        this.address = address;
    }

    String address() {
        return address;
    }

    /** How many TaskManagers have registered; 0 while the JobManager does not answer. */
    int taskManagers() throws InterruptedException {
        try {
            return get("/overview").path("taskmanagers").asInt();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Names of the TaskManagers in whose slots something runs; none while nobody answers. */
    Set<String> busyTaskManagers() throws InterruptedException {
        Set<String> busy = new HashSet<>();
        try {
            for (JsonNode each : get("/taskmanagers").path("taskmanagers")) {
                if (each.path("freeSlots").asInt() < each.path("slotsNumber").asInt()) {
                    busy.add(each.path("id").asText());
                }
            }
        } catch (IOException e) {
            return Set.of();
        }
        return busy;
    }

    /**
     * Where jobs of this cluster checkpoint unless they say otherwise.
     *
     * @throws IOException when the JobManager does not answer
     */
    Optional<String> checkpoints() throws IOException, InterruptedException {
        for (JsonNode entry : get("/jobmanager/config")) {
            if (entry.path("key").asText().equals("execution.checkpointing.dir")) {
                return Optional.of(entry.path("value").asText());
            }
        }
        return Optional.empty();
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address + path)).timeout(TIMEOUT).build();
        HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(
                    address + path + " answered " + answer.statusCode() + " (expected: 200)");
        }
        return JSON.readTree(answer.body());
    }
}
