package dev.tropical.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.kafka.EmbeddedKafka;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The compose file without containers: each service of ours runs its own command through the
 * launcher that is its image's entry point, once what it depends on is well by its own health
 * check. Kafka is the embedded one; Prometheus and Grafana, which are others' images, are read
 * instead: what they name must be there.
 */
@Tag("long")
class ComposeITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(240);
    private static final String HTTP_OK = "deploy/docker/http-ok";
    private static final List<String> NOT_OURS = List.of("kafka", "prometheus", "grafana");

    private final Map<String, JsonNode> services = new LinkedHashMap<>();
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir Path work;
    private HostMapping host;
    private Path installation;
    private EmbeddedKafka broker;

    @AfterEach
    void end() throws Exception {
        List<String> newestFirst = new ArrayList<>(processes.keySet());
        Collections.reverse(newestFirst);
        for (String service : newestFirst) {
            Process process = processes.get(service);
            process.destroy();
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError(service + " did not end; " + log(service));
            }
        }
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void shouldServeACompletionAndItsMetrics() throws Exception {
        Deploy.services()
                .properties()
                .forEach(
                        service -> {
                            if (!Deploy.texts(service.getValue().path("profiles"))
                                    .contains("gpu")) {
                                services.put(service.getKey(), service.getValue());
                            }
                        });
        host = new HostMapping(services, work);
        installation = Installation.in(work);
        broker = EmbeddedKafka.start(work.resolve("kafka"), host.port("9092"));
        List<String> left = new ArrayList<>(services.keySet());
        left.removeAll(NOT_OURS);
        assertThat(left).hasSize(8);
        while (!left.isEmpty()) {
            String next =
                    left.stream()
                            .filter(service -> needs(service).stream().noneMatch(left::contains))
                            .findFirst()
                            .orElseThrow();
            start(next);
            left.remove(next);
        }
        services.keySet().stream().filter(s -> !NOT_OURS.contains(s)).forEach(this::awaitWell);

        String gateway = "http://127.0.0.1:" + host.port("8012");
        await().atMost(PATIENCE)
                .until(() -> isWell(host.words(List.of(HTTP_OK, "gateway", "8012", "/ready"))));
        // Engines that are silent for a second count as lost: eight JVMs that start on few cores.
        String body =
                await().atMost(PATIENCE)
                        .until(() -> completion(gateway), answer -> answer.statusCode() == 200)
                        .body();
        JsonNode completion = new ObjectMapper().readTree(body);
        assertThat(completion.at("/usage/completion_tokens").asInt()).isPositive();
        System.out.println("RESULT compose.completion=" + completion.at("/choices/0/text"));
        // Counted by its code, so that there is no count before there was one.
        assertThat(complete(gateway, "{\"prompt\":5}").statusCode()).isEqualTo(400);
        shouldHaveWhatTheDashboardShows();
    }

    /** Each service may start once all that it names is well. */
    private List<String> needs(String service) {
        List<String> needs = new ArrayList<>();
        services.get(service).path("depends_on").fieldNames().forEachRemaining(needs::add);
        needs.removeAll(NOT_OURS);
        return needs;
    }

    private void start(String service) throws IOException {
        needs(service).forEach(this::awaitWell);
        run(service);
    }

    private void run(String service) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(installation.resolve("tropical").toString()));
        command.addAll(host.words(Deploy.texts(services.get(service).path("command"))));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(installation.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.appendTo(work.resolve(service + ".log").toFile()));
        builder.environment()
                .put("TMPDIR", Files.createDirectories(work.resolve("tmp")).toString());
        services.get(service)
                .path("environment")
                .properties()
                .forEach(e -> builder.environment().put(e.getKey(), e.getValue().asText()));
        processes.put(service, builder.start());
    }

    /** As the compose file says: by the service's own check, or by its having ended well. */
    private void awaitWell(String service) {
        JsonNode test = services.get(service).at("/healthcheck/test");
        if (service.equals("keys")) {
            await().atMost(PATIENCE).until(() -> !processes.get(service).isAlive());
            assertThat(processes.get(service).exitValue()).as(log(service)).isZero();
        } else if (!test.isMissingNode()) {
            List<String> check = host.words(Deploy.texts(test));
            assertThat(check.remove(0)).isEqualTo("CMD");
            try {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(250))
                        .until(() -> isWell(check));
            } catch (ConditionTimeoutException e) {
                throw new AssertionError(service + " is not well: " + log(service), e);
            }
        }
    }

    private boolean isWell(List<String> check) throws Exception {
        restartEnded();
        return exitCode(check) == 0;
    }

    /** As the compose file asks for. */
    private void restartEnded() throws IOException {
        for (String service : List.copyOf(processes.keySet())) {
            boolean isKept =
                    services.get(service).path("restart").asText().equals("unless-stopped");
            if (isKept && !processes.get(service).isAlive()) {
                run(service);
            }
        }
    }

    private int exitCode(List<String> command) throws Exception {
        Process process =
                new ProcessBuilder(command)
                        .directory(installation.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private void shouldHaveWhatTheDashboardShows() throws Exception {
        JsonNode prometheus =
                Deploy.yaml(Deploy.ROOT.resolve("deploy/prometheus/prometheus.yml")).get(0);
        List<String> pages = new ArrayList<>();
        for (JsonNode job : prometheus.path("scrape_configs")) {
            for (String target : Deploy.texts(job.at("/static_configs/0/targets"))) {
                pages.add("http://" + host.word("", target) + "/metrics");
            }
        }
        assertThat(pages).hasSize(6);
        JsonNode dashboard =
                Deploy.json(Deploy.ROOT.resolve("deploy/grafana/dashboards/tropical.json"));
        TreeSet<String> shown = new TreeSet<>();
        for (JsonNode expression : dashboard.findValues("expr")) {
            for (MatchResult name :
                    Pattern.compile("\\b((?:vllm|tropical):\\w+|flink_\\w+)")
                            .matcher(expression.asText())
                            .results()
                            .toList()) {
                shown.add(name.group(1));
            }
        }
        assertThat(shown).hasSizeGreaterThan(12);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            StringBuilder all = new StringBuilder();
                            for (String page : pages) {
                                all.append(get(page).body());
                            }
                            assertThat(shown)
                                    .allMatch(
                                            name ->
                                                    Pattern.compile("(?m)^" + name + "[ {]")
                                                            .matcher(all)
                                                            .find());
                        });
    }

    private HttpResponse<String> completion(String gateway) throws Exception {
        return complete(gateway, "{\"prompt\":\"Once upon a time\",\"max_tokens\":32}");
    }

    private HttpResponse<String> complete(String gateway, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(gateway + "/v1/completions"))
                        .timeout(PATIENCE)
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String url) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
                BodyHandlers.ofString());
    }

    private String log(String service) {
        try {
            return Files.readString(work.resolve(service + ".log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }
}
