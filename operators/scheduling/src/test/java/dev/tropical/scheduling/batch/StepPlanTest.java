package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.scheduling.cost.StepShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepPlanTest {
    private static StepPlan.Entry entry(int slot, int start, int length) {
        return new StepPlan.Entry(slot, new int[length], false, start, length, new int[9], true);
    }

    @Test
    void shouldSumUpWhatAStepsTimeDependsOn() {
        StepPlan.Entry continuation =
                new StepPlan.Entry(2, new int[0], true, 50, 1, new int[9], true);
        StepPlan plan =
                new StepPlan(
                        1,
                        List.of(entry(0, 20, 1), continuation, entry(1, 100, 10), entry(3, 0, 1)));
        // Chunks of 10 after 100, and a prompt of one token.
        assertThat(plan.shape()).isEqualTo(new StepShape(11, 10 * 105.0 + 0.5, 2, 21 + 51));
    }

    @Test
    void shouldRefuseInputsThatDoNotMatchTheirLength() {
        assertThatThrownBy(() -> new StepPlan.Entry(0, new int[2], false, 0, 3, new int[1], true))
                .hasMessage("tokenIds: 2 (expected: 3)");
        assertThatThrownBy(() -> new StepPlan(1, List.of())).hasMessageContaining("entries: none");
    }
}
