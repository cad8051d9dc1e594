package dev.tropical.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.flink.route.RouteMode;
import dev.tropical.kafka.Delivery;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

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
                                        "tropical.engine-silence", "2 s",
                                        "tropical.kafka.security.protocol", "SSL",
                                        "tropical.topic-prefix", "chat")));
        assertThat(options.route().mode()).isEqualTo(RouteMode.VLLM);
        assertThat(options.route().cells()).isEqualTo(4);
        assertThat(options.delivery()).isEqualTo(Delivery.EXACTLY_ONCE);
        assertThat(options.admit().maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(options.admit().defaultTpot()).hasMillis(50);
        assertThat(options.engines().silence()).hasSeconds(2);
        assertThat(options.kafka().properties()).containsEntry("security.protocol", "SSL");
        assertThat(options.kafka().topics().completions()).isEqualTo("chat.completions");
        assertThat(options.models().get(0).name()).isEqualTo("tiny");
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
