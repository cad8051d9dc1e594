package dev.tropical.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An operator's metrics as Flink's REST API shows them, summed over its subtasks. */
final class FlinkMetrics {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final String address;

    /**
     * @param address of the REST API
     */
    FlinkMetrics(String address) {
        this.address = address;
    }

    /**
     * The sum of a metric.
     *
     * @param operator its name
     * @param suffix what the metric's name ends with
     */
    double sum(String operator, String suffix) throws Exception {
        String job = get("/jobs").get("jobs").get(0).get("id").asText();
        double sum = 0;
        for (JsonNode vertex : get("/jobs/" + job).get("vertices")) {
            String metrics = "/jobs/" + job + "/vertices/" + vertex.get("id").asText() + "/metrics";
            if (vertex.get("name").asText().contains(operator)) {
                sum += sum(metrics, names(metrics, operator, suffix));
            }
        }
        return sum;
    }

    private List<String> names(String metrics, String operator, String suffix) throws Exception {
        List<String> names = new ArrayList<>();
        for (JsonNode metric : get(metrics)) {
            String name = metric.get("id").asText();
            if (name.contains("." + operator + ".") && name.endsWith("." + suffix)) {
                names.add(name);
            }
        }
        return names;
    }

    private double sum(String metrics, List<String> names) throws Exception {
        double sum = 0;
        if (!names.isEmpty()) {
            for (JsonNode metric : get(metrics + "?get=" + String.join(",", names))) {
                sum += metric.get("value").asDouble();
            }
        }
        return sum;
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address + path)).timeout(TIMEOUT).build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": status " + response.statusCode() + " (expected: 200)");
        }
        return JSON.readTree(response.body());
    }
}
