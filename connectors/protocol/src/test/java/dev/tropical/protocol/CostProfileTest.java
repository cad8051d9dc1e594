package dev.tropical.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.StepCost;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostProfileTest {
    private static final StepCost COST =
            StepCost.newBuilder()
                    .setA(0.03)
                    .setAPf(0.02)
                    .setCPf(9.395e-5)
                    .setCAttn(3e-9)
                    .setC0(5.34e-5)
                    .setC1(5.98e-8)
                    .setXFree(128)
                    .build();

    @Test
    void shouldReadTheProfileThatItWrote() throws IOException {
        String json = CostProfile.toJson(COST, Map.of("device", "cpu", "model", "tiny"));
        assertThat(CostProfile.parse(json, "profile")).isEqualTo(COST);
        assertThat(CostProfile.parse(CostProfile.toJson(COST, Map.of()), "profile"))
                .isEqualTo(COST);
    }

    @Test
    void shouldReadWhatWasWrittenBeforePromptTokensCouldBeFree() throws IOException {
        String before = "{\"a\": 1, \"a_pf\": 0, \"c_pf\": 1, \"c_attn\": 0, \"c0\": 0, \"c1\": 0}";
        assertThat(CostProfile.parse(before, "profile").getXFree()).isZero();
    }

    @Test
    void shouldNameTheCoefficientThatIsWrong() {
        String good = CostProfile.toJson(COST, Map.of());
        assertThatThrownBy(() -> CostProfile.parse(good.replace("\"c1\"", "\"c2\""), "profile"))
                .hasMessageContaining("profile: 'c2'");
        assertThatThrownBy(() -> CostProfile.parse("{\"a\": 1}", "profile"))
                .hasMessageContaining("profile: a_pf");
        assertThatThrownBy(() -> CostProfile.parse(good.replace("0.03,", "-1,"), "profile"))
                .hasMessage("profile: a: -1 (expected: a finite number >= 0)");
    }
}
