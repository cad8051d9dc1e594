package dev.tropical.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LanesTest {
    @Test
    void shouldSpreadIdsEvenlyOverLanes() {
        int[] counts = new int[Lanes.COUNT];
        int ids = 128 * 200;
        for (int i = 0; i < ids; i++) {
            counts[Lanes.of("request-" + i)]++;
        }
        // 200 expected a lane, deviation 14: five deviations either way.
        for (int count : counts) {
            assertThat(count).isBetween(130, 270);
        }
    }

    @Test
    void shouldStayTheSameBetweenVersions() {
        assertThat(Lanes.of("chatcmpl-1")).isEqualTo(107);
        assertThat(Lanes.hash("chatcmpl-1")).isEqualTo(0xe6bb093e17835a6bL);
    }
}
