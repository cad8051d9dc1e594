package dev.tropical.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.EngineInfo;
import org.junit.jupiter.api.Test;

class WireTest {
    @Test
    void shouldTakeItsOwnVersionAndTheOneBefore() {
        assertThatCode(() -> Wire.checkVersion(Wire.VERSION, "command")).doesNotThrowAnyException();
        assertThatCode(() -> Wire.checkVersion(Wire.VERSION - 1, "command"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> Wire.checkVersion(Wire.VERSION + 1, "command"))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("command has wire version " + (Wire.VERSION + 1));
        assertThatThrownBy(() -> Wire.checkVersion(Wire.VERSION - 2, "command"))
                .isInstanceOf(WireException.class);
    }

    @Test
    void shouldSpeakAnEnginesVersion() throws WireException {
        assertThat(Wire.versionOf(engine(Wire.VERSION))).isEqualTo(Wire.VERSION);
        assertThat(Wire.versionOf(engine(Wire.VERSION - 1))).isEqualTo(Wire.VERSION - 1);
        assertThat(Wire.versionOf(engine(0))).as("one that did not say").isEqualTo(1);
        assertThatThrownBy(() -> Wire.versionOf(engine(Wire.VERSION + 1)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("engine e1");
    }

    private static EngineInfo engine(int version) {
        return EngineInfo.newBuilder().setEngineId("e1").setWireVersion(version).build();
    }
}
