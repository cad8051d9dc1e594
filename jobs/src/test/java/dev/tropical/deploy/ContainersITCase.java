package dev.tropical.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether the container files agree with each other and with the build; nothing is started. */
class ContainersITCase {
    private final JsonNode services = Deploy.services();
    private final String dockerfile = Deploy.dockerfile();

    ContainersITCase() throws IOException {}

    @Test
    void shouldPinEveryImageToAVersion() {
        List<String> stages = matches("(?m)^FROM \\S+ AS (\\S+)", dockerfile);
        List<String> images = matches("(?m)^FROM (\\S+)", dockerfile);
        images.removeAll(stages);
        images.remove("scratch");
        services.forEach(
                service -> {
                    if (!service.has("build")) {
                        images.add(service.path("image").asText());
                    }
                });

        assertThat(images)
                .hasSize(7)
                .allMatch(image -> image.matches("[a-z/-]+:v?\\d+\\.\\d+\\S+"));
    }

    @Test
    void shouldRunTheVersionsThatTheJobIsBuiltFor() throws IOException {
        String pom = Files.readString(Deploy.ROOT.resolve("pom.xml"));

        assertThat(services.at("/kafka/image").asText())
                .isEqualTo("apache/kafka:" + version(pom, "kafka"));
        assertThat(dockerfile).contains("FROM flink:" + version(pom, "flink") + "-java17");
    }

    /** What Maven has made when these tests run is what it makes in the image's build stage. */
    @Test
    void shouldCopyWhatTheBuildMakes() throws IOException {
        List<String> copied = matches("(?m)^COPY --from=build (.+) \\S+$", dockerfile);
        assertThat(copied).hasSizeGreaterThan(10);
        for (String line : copied) {
            for (String source : line.split(" ")) {
                assertThat(isMade(source.replaceFirst("^/build/", ""))).as(source).isTrue();
            }
        }
        assertThat(Files.readAllLines(Deploy.ROOT.resolve(".dockerignore")))
                .contains("**/target", ".git");
    }

    @Test
    void shouldNotRunAsRoot() {
        for (String stage : dockerfile.split("(?m)^FROM ")) {
            if (stage.contains("ENTRYPOINT") || stage.startsWith("flink")) {
                List<String> users = matches("(?m)^USER (\\S+)", stage);
                assertThat(users).as(stage).hasSize(1).doesNotContain("root");
            }
        }
        services.forEach(
                service -> {
                    if (service.has("build")) {
                        assertThat(Deploy.texts(service.path("cap_drop"))).containsExactly("ALL");
                    }
                });
    }

    @Test
    void shouldBuildTargetsThatThereAre() {
        List<String> stages = matches("(?m)^FROM \\S+ AS (\\S+)", dockerfile);
        services.forEach(
                service -> {
                    if (service.has("build")) {
                        assertThat(stages).contains(service.at("/build/target").asText());
                    }
                });
    }

    @Test
    void shouldKnowWhetherEachServiceIsWell() {
        for (Map.Entry<String, JsonNode> service : services.properties()) {
            JsonNode check = service.getValue().path("healthcheck");
            assertThat(check.has("test") || check.path("disable").asBoolean())
                    .as(service.getKey())
                    .isTrue();
            service.getValue()
                    .path("depends_on")
                    .properties()
                    .forEach(
                            needed -> {
                                assertThat(services.has(needed.getKey())).isTrue();
                                boolean isHealth =
                                        needed.getValue()
                                                .path("condition")
                                                .asText()
                                                .equals("service_healthy");
                                JsonNode its = services.path(needed.getKey()).path("healthcheck");
                                assertThat(isHealth).isEqualTo(its.has("test"));
                            });
        }
    }

    @Test
    void shouldReserveGpusForTheGpuProfileAlone() {
        for (String engine : List.of("prefill-0", "decode-0", "decode-1")) {
            JsonNode cpu = services.path(engine);
            JsonNode gpu = services.path(engine + "-gpu");
            assertThat(Deploy.texts(cpu.path("profiles"))).containsExactly("cpu");
            assertThat(Deploy.texts(gpu.path("profiles"))).containsExactly("gpu");
            assertThat(cpu.has("deploy")).isFalse();
            assertThat(gpu.at("/deploy/resources/reservations/devices/0/driver").asText())
                    .isEqualTo("nvidia");
            assertThat(Deploy.texts(gpu.path("command"))).contains("--device", "cuda");
            assertThat(Deploy.texts(gpu.at("/networks/default/aliases"))).containsExactly(engine);
        }
    }

    @Test
    void shouldPublishPortsOnThisHostAlone() {
        services.forEach(
                service ->
                        assertThat(Deploy.texts(service.path("ports")))
                                .allMatch(port -> port.matches("127\\.0\\.0\\.1:(\\d+):\\1")));
    }

    private boolean isMade(String pattern) throws IOException {
        if (pattern.equals("target/built")) {
            return dockerfile.contains("touch target/built");
        }
        if (pattern.startsWith("jobs/target/")) { // this module: packaged after its tests
            String pom = Files.readString(Deploy.ROOT.resolve("jobs/pom.xml"));
            return pattern.equals("jobs/target/*.jar")
                    || pattern.equals("jobs/target/lib")
                            && pom.contains(
                                    "<outputDirectory>${project.build.directory}/lib</outputDirectory>");
        }
        Path path = Deploy.ROOT.resolve(pattern);
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + path.getFileName());
        try (Stream<Path> files = Files.list(path.getParent())) {
            return files.anyMatch(file -> matcher.matches(file.getFileName()));
        }
    }

    private static String version(String pom, String name) {
        return matches("<%1$s\\.version>(.+)</%1$s\\.version>".formatted(name), pom).get(0);
    }

    private static List<String> matches(String pattern, String text) {
        List<String> found = new ArrayList<>();
        for (MatchResult match : Pattern.compile(pattern).matcher(text).results().toList()) {
            found.add(match.group(1));
        }
        return found;
    }
}
