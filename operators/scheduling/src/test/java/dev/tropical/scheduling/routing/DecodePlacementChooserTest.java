package dev.tropical.scheduling.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DecodePlacementChooserTest {
    private final DecodePlacementChooser chooser = new DecodePlacementChooser(0.9);

    private static EngineStatus.Builder decoder(String id, long residentPromptTokens) {
        return Cells.status(id, Role.DECODE, 1).setResidentPromptTokens(residentPromptTokens);
    }

    private Optional<String> choose(EngineStatus.Builder... peers) {
        return chooser.choose(
                "p",
                List.of(peers).stream().map(EngineStatus.Builder::build).toList(),
                Set.of("refused"),
                5);
    }

    @Test
    void shouldTakeTheFewestResidentPromptTokens() {
        assertThat(choose(decoder("a", 30), decoder("b", 10), decoder("c", 20))).contains("b");
        assertThat(choose(decoder("b", 10), decoder("a", 10))).as("a tie").contains("a");
    }

    @Test
    void shouldPutEnginesInAPrefillOrAboveTheWatermarkLast() {
        EngineStatus.Builder prefilling = decoder("a", 0).setRunningPrefills(1);
        EngineStatus.Builder full = decoder("b", 1).setBlocksFree(14);
        assertThat(choose(prefilling, full, decoder("c", 99))).contains("c");
        assertThat(choose(prefilling, full)).as("better than none").contains("a");
        assertThat(choose(full.setBlocksFree(15), decoder("c", 99)))
                .as("at the watermark with its 5 blocks")
                .contains("b");
    }

    @Test
    void shouldExcludeItselfRefusalsOtherRolesAndTooSmallPools() {
        assertThat(
                        choose(
                                decoder("p", 0),
                                decoder("refused", 0),
                                decoder("a", 0).setRole(Role.PREFILL),
                                decoder("b", 0).setReady(false),
                                decoder("c", 0).setBlocksTotal(4)))
                .isEmpty();
    }

    @Test
    void shouldRefuseAWatermarkThatIsNoFraction() {
        assertThatThrownBy(() -> new DecodePlacementChooser(0))
                .hasMessage("watermark: 0.0 (expected: in (0, 1])");
    }
}
