package dev.tropical.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The files of {@code deploy/k8s} against the schemas of Kubernetes (its Java client's, made from
 * its OpenAPI description) and of the Flink operator (its custom resource definition), both closed:
 * an unknown field is a fault. Nothing is started.
 */
class KubernetesITCase {
    private static final Path FOLDER = Deploy.ROOT.resolve("deploy/k8s");
    private static final String FLINK_SCHEMA =
            "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";

    private interface Schema {
        void check(JsonElement object) throws IOException;
    }

    private static final Map<String, Schema> SCHEMAS =
            Map.of(
                    "Namespace", V1Namespace::validateJsonElement,
                    "Service", V1Service::validateJsonElement,
                    "Deployment", V1Deployment::validateJsonElement,
                    "StatefulSet", V1StatefulSet::validateJsonElement,
                    "PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
                    "NetworkPolicy", V1NetworkPolicy::validateJsonElement);

    private final List<JsonNode> objects = new ArrayList<>();

    KubernetesITCase() throws IOException {
        JsonNode kustomization = Deploy.yaml(FOLDER.resolve("kustomization.yaml")).get(0);
        for (String resource : Deploy.texts(kustomization.path("resources"))) {
            objects.addAll(Deploy.yaml(FOLDER.resolve(resource)));
        }
    }

    @Test
    void shouldHoldToKubernetesOwnSchemas() throws Exception {
        for (JsonNode object : objects) {
            String kind = object.path("kind").asText();
            if (!kind.equals("FlinkDeployment")) {
                assertThat(SCHEMAS).containsKey(kind);
                SCHEMAS.get(kind).check(JsonParser.parseString(object.toString()));
            }
        }
        ObjectNode misspelt = of("StatefulSet").get(0).deepCopy();
        ((ObjectNode) misspelt.path("spec")).put("replica", 1);
        assertThatThrownBy(
                        () ->
                                V1StatefulSet.validateJsonElement(
                                        JsonParser.parseString(misspelt.toString())))
                .hasMessageContaining("replica");
    }

    @Test
    void shouldHoldToTheFlinkOperatorsSchema() throws Exception {
        JsonSchema schema = flinkSchema();
        ObjectNode job = of("FlinkDeployment").get(0).deepCopy();
        // Later operators know later Flinks; the newest whose API is published knows this one.
        assertThat(job.at("/spec/flinkVersion").asText()).isEqualTo("v2_3");
        ((ObjectNode) job.path("spec")).put("flinkVersion", "v1_20");
        assertThat(schema.validate(job)).isEmpty();
        ((ObjectNode) job.path("spec")).put("misspelt", 1);
        assertThat(schema.validate(job)).isNotEmpty();
    }

    @Test
    void shouldProbeEnginesAndGiveEachAGpu() {
        List<JsonNode> engines = of("StatefulSet");
        assertThat(engines).hasSize(2);
        for (JsonNode engine : engines) {
            JsonNode container = engine.at("/spec/template/spec/containers/0");
            assertThat(container.at("/resources/limits/nvidia.com~1gpu").asInt()).isEqualTo(1);
            assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health");
            assertThat(container.has("startupProbe") && container.has("livenessProbe")).isTrue();
            assertThat(Deploy.texts(container.path("args"))).contains("--keys=/keys");
            for (JsonNode port : container.path("ports")) {
                assertThat(Deploy.texts(container.path("args")))
                        .contains(
                                "--%s-port=%d"
                                        .formatted(
                                                port.path("name").asText(),
                                                port.path("containerPort").asInt()));
            }
        }
    }

    @Test
    void shouldHaveABudgetForWhateverRunsInReplicas() {
        List<JsonNode> budgets = of("PodDisruptionBudget");
        List<JsonNode> replicated = new ArrayList<>(of("StatefulSet"));
        replicated.addAll(of("Deployment"));
        assertThat(replicated).hasSize(3);
        for (JsonNode set : replicated) {
            JsonNode labels = set.at("/spec/template/metadata/labels");
            assertThat(set.at("/spec/selector/matchLabels")).isEqualTo(labels);
            assertThat(budgets)
                    .anyMatch(budget -> budget.at("/spec/selector/matchLabels").equals(labels));
        }
    }

    @Test
    void shouldOpenToOthersOnlyThePortsThatPodsHave() {
        List<JsonNode> policies = of("NetworkPolicy");
        assertThat(policies)
                .anyMatch(
                        policy ->
                                policy.at("/spec/podSelector").isEmpty()
                                        && !policy.path("spec").has("ingress"));
        JsonNode engines = named("NetworkPolicy", "engines");
        TreeSet<Integer> open = new TreeSet<>();
        engines.at("/spec/ingress")
                .forEach(rule -> rule.path("ports").forEach(p -> open.add(p.path("port").asInt())));
        TreeSet<Integer> listening = new TreeSet<>();
        of("StatefulSet")
                .get(0)
                .at("/spec/template/spec/containers/0/ports")
                .forEach(port -> listening.add(port.path("containerPort").asInt()));
        assertThat(open).isEqualTo(listening);
    }

    @Test
    void shouldMountNoSecretKeyOfTheOtherSide() throws Exception {
        String engines = of("StatefulSet").toString();
        String job = of("FlinkDeployment").toString();
        assertThat(engines).contains("engine.key").doesNotContain("job.key");
        assertThat(job).contains("job.key").doesNotContain("engine.key");
        assertThat(of("Deployment").toString()).doesNotContain(".key");
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).doesNotContain("kind: Secret");
            }
        }
    }

    private List<JsonNode> of(String kind) {
        return objects.stream().filter(o -> o.path("kind").asText().equals(kind)).toList();
    }

    private JsonNode named(String kind, String name) {
        return of(kind).stream()
                .filter(o -> o.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static JsonSchema flinkSchema() throws IOException {
        try (InputStream definition =
                KubernetesITCase.class.getClassLoader().getResourceAsStream(FLINK_SCHEMA)) {
            JsonNode schema =
                    new YAMLMapper()
                            .readTree(definition)
                            .at("/spec/versions/0/schema/openAPIV3Schema");
            ObjectNode spec = (ObjectNode) schema.at("/properties/spec");
            close(spec);
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
        }
    }

    /** Kubernetes drops what a definition does not name; here it is refused. */
    private static void close(JsonNode schema) {
        if (schema.has("properties")) {
            ((ObjectNode) schema).put("additionalProperties", false);
        }
        schema.forEach(KubernetesITCase::close);
    }
}
