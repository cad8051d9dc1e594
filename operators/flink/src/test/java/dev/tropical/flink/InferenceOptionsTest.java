package dev.tropical.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.flink.route.RouteMode;
import dev.tropical.kafka.Delivery;
import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.TropicalOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceOptionsTest {

    @Test
    void shouldReadEveryArea() {
        InferenceOptions options =
                InferenceOptions.from(
                        with(
                                Map.of(
                                        "tropical.mode", "vllm",
                                        "tropical.cells", "4",
                                        "tropical.delivery", "exactly-once",
                                        "tropical.max-request-size", "1mb",
                                        "tropical.default-tpot", "50 ms",
                                        "tropical.remembered-ids", "131072",
                                        "tropical.engine-silence", "2 s",
                                        "tropical.kafka.security.protocol", "SSL",
                                        "tropical.topic-prefix", "chat")));
        assertThat(options.route().mode()).isEqualTo(RouteMode.VLLM);
        assertThat(options.route().cells()).isEqualTo(4);
        assertThat(options.delivery()).isEqualTo(Delivery.EXACTLY_ONCE);
        assertThat(options.admit().maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(options.admit().defaultTpot()).hasMillis(50);
        assertThat(options.admit().rememberedIds()).isEqualTo(131_072);
        assertThat(options.dispatch().rememberedIds()).isEqualTo(131_072);
        assertThat(options.engines().silence()).hasSeconds(2);
        assertThat(options.kafka().properties()).containsEntry("security.protocol", "SSL");
        assertThat(options.kafka().topics().completions()).isEqualTo("chat.completions");
        assertThat(options.models().get(0).name()).isEqualTo("tiny");
    }

    @Test
    void shouldRefuseToRememberFewerIdsThanAreUnderWay() {
        assertThatThrownBy(
                        () ->
                                InferenceOptions.from(
                                        with(Map.of("tropical.remembered-ids", "1000"))))
                .hasMessageContaining("rememberedIds: 1000 (expected: >= 65536)");
    }

    @Test
    void shouldReadKeysAndKafkasOwnProperties(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("client.properties");
        Files.writeString(file, "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n");
        InferenceOptions options =
                InferenceOptions.from(
                        with(
                                Map.of(
                                        "tropical.keys", "/keys",
                                        "tropical.kafka-config", file.toString(),
                                        "tropical.kafka.sasl.mechanism", "SCRAM-SHA-512")));
        assertThat(options.engines().keys()).isEqualTo("/keys");
        assertThat(options.kafka().properties())
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("sasl.mechanism", "SCRAM-SHA-512");
        assertThatThrownBy(
                        () ->
                                InferenceOptions.from(
                                        with(Map.of("tropical.kafka-config", "nowhere"))))
                .hasMessageContaining("nowhere cannot be read");
    }

    @Test
    void shouldReadModeTropical(@TempDir Path folder) throws IOException {
        StepCost cost = StepCost.newBuilder().setA(0.03).setC1(6e-8).build();
        Path profile = folder.resolve("profile.json");
        Files.writeString(profile, CostProfile.toJson(cost, Map.of()));
        TropicalOptions options =
                InferenceOptions.from(
                                with(
                                        Map.of(
                                                "tropical.cost-profile", profile.toString(),
                                                "tropical.stall-test", "whole-prefill",
                                                "tropical.prefill-admission", "strict",
                                                "tropical.iteration-watermark", "0.5",
                                                "tropical.max-multiplexed-tokens", "100",
                                                "tropical.role-switching", "true",
                                                "tropical.role-dwell", "5 s",
                                                "tropical.queue-timeout-floor", "3 s")))
                        .route()
                        .tropical();
        assertThat(options.profile()).isEqualTo(cost);
        assertThat(options.stallTest()).isEqualTo(TropicalOptions.StallTest.WHOLE_PREFILL);
        assertThat(options.admission()).isEqualTo(TropicalOptions.PrefillAdmission.STRICT);
        assertThat(options.multiplexing())
                .isEqualTo(new TropicalOptions.Multiplexing(0.5, 0.87, 100));
        assertThat(options.timeout().floorNs()).isEqualTo(3_000_000_000L);
        assertThat(options.roles())
                .isEqualTo(new RoleSwitching(true, 2_000_000_000L, 5_000_000_000L, 0.85, 0.6));
    }

    @Test
    void shouldUseTheRulesDefaultsUnlessToldOtherwise() {
        assertThat(InferenceOptions.from(with(Map.of())).route().tropical())
                .isEqualTo(TropicalOptions.DEFAULT);
    }

    @Test
    void shouldNameAProfileThatCannotBeRead() {
        assertThatThrownBy(
                        () ->
                                InferenceOptions.from(
                                        with(Map.of("tropical.cost-profile", "/no/such.json"))))
                .hasMessageContaining("tropical.cost-profile: '/no/such.json' cannot be used");
    }

    @Test
    void shouldLeaveForeignKeysAlone() {
        assertThat(InferenceOptions.from(with(Map.of("parallelism.default", "2")))).isNotNull();
    }

    @Test
    void shouldRefuseUnknownKeyAndNameTheKnownOnes() {
        assertThatThrownBy(() -> InferenceOptions.from(with(Map.of("tropical.modee", "vllm"))))
                .hasMessageContaining("tropical.modee")
                .hasMessageContaining("tropical.mode,");
    }

    @Test
    void shouldKnowEveryModeByItsWord() {
        for (RouteMode mode : RouteMode.values()) {
            assertThat(RouteMode.parse(mode.word())).isEqualTo(mode);
            assertThat(InferenceOptions.from(with(Map.of("tropical.mode", mode.word()))))
                    .isNotNull();
        }
    }

    @Test
    void shouldRefuseAnUnknownMode() {
        assertThatThrownBy(() -> InferenceOptions.from(with(Map.of("tropical.mode", "trpical"))))
                .hasMessageContaining("'trpical'")
                .hasMessageContaining("vllm, distserve or tropical");
    }

    @Test
    void shouldRefuseImpossibleValues() {
        assertThatThrownBy(() -> InferenceOptions.from(with(Map.of("tropical.cells", "129"))))
                .hasMessageContaining("cells: 129 (expected: 1 to 128)");
        assertThatThrownBy(() -> InferenceOptions.from(with(Map.of("tropical.delivery", "once"))))
                .hasMessageContaining("tropical.delivery: 'once'");
        assertThatThrownBy(
                        () -> InferenceOptions.from(with(Map.of("tropical.served-names", "a;b"))))
                .hasMessageContaining("one for each of");
    }

    @Test
    void shouldNameTheKeyThatIsMissing() {
        assertThatThrownBy(() -> InferenceOptions.from(new Configuration()))
                .hasMessageContaining("tropical.")
                .hasMessageContaining("not set");
    }

    private static Configuration with(Map<String, String> more) {
        Configuration configuration = Configuration.fromMap(more);
        configuration.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, "localhost:9092");
        configuration.setString("tropical.model-dirs", "/models/tiny");
        return configuration;
    }
}
