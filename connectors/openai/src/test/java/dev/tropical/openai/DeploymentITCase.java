package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whether the container files agree with each other and with the build; nothing is started. */
class DeploymentITCase {
    private static final Path ROOT = Path.of("../..");

    private final JsonNode services;
    private final String dockerfile;

    DeploymentITCase() throws IOException {
        JsonNode compose = new YAMLMapper().readTree(ROOT.resolve("docker-compose.yml").toFile());
        services = compose.path("services");
        String file = services.at("/tropical/build/dockerfile").asText();
        dockerfile = Files.readString(ROOT.resolve(file));
    }

    @Test
    void shouldPinEveryBaseImageToAVersion() {
        List<String> images = matches("(?m)^FROM (\\S+)", dockerfile);
        images.add(services.at("/kafka/image").asText());

        assertThat(images).hasSize(3).allMatch(image -> image.matches("[a-z/-]+:\\d+\\.\\d+\\S+"));
    }

    @Test
    void shouldRunTheKafkaThatTheClientsAreBuiltFor() throws IOException {
        List<String> version =
                matches(
                        "<kafka\\.version>(.+)</kafka\\.version>",
                        Files.readString(ROOT.resolve("pom.xml")));

        assertThat(services.at("/kafka/image").asText())
                .isEqualTo("apache/kafka:" + version.get(0));
    }

    @Test
    void shouldPointTropicalAtTheBrokersInnerListener() {
        String kafka = option("--kafka");

        assertThat(services.at("/kafka/environment/KAFKA_ADVERTISED_LISTENERS").asText())
                .contains("INSIDE://" + kafka + ",");
        assertThat(services.has(kafka.split(":")[0])).isTrue();
    }

    @Test
    void shouldPublishThePortThatTheGatewayBindsOnAllAddresses() {
        assertThat(option("--host")).isEqualTo("0.0.0.0");
        assertThat(services.at("/tropical/ports/0").asText())
                .isEqualTo("127.0.0.1:%1$s:%1$s", option("--port"));
        assertThat(dockerfile).contains("/dev/tcp/127.0.0.1/" + option("--port"));
    }

    @Test
    void shouldStartTropicalWhenKafkaIsHealthy() {
        assertThat(services.at("/tropical/depends_on/kafka/condition").asText())
                .isEqualTo("service_healthy");
        assertThat(services.at("/kafka/healthcheck/test")).isNotEmpty();
    }

    @Test
    void shouldNotRunAsRoot() {
        List<String> users = matches("(?m)^USER (\\S+)", dockerfile);

        assertThat(users.get(users.size() - 1)).isEqualTo("tropical");
    }

    /** The value behind an option of the service's command. */
    private String option(String name) {
        List<String> command = new ArrayList<>();
        services.at("/tropical/command").forEach(word -> command.add(word.asText()));
        assertThat(command).contains(name);
        return command.get(command.indexOf(name) + 1);
    }

    private static List<String> matches(String pattern, String text) {
        List<String> found = new ArrayList<>();
        for (MatchResult match : Pattern.compile(pattern).matcher(text).results().toList()) {
            found.add(match.group(1));
        }
        return found;
    }
}
