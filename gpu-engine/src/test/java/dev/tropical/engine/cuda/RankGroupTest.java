package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RankGroupTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @Test
    void shouldGiveEveryRankWhatEachGaveInEveryRound() throws Exception {
        RankGroup group = new RankGroup(3, Duration.ofSeconds(30));
        List<CompletableFuture<List<String>>> ranks = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            int own = rank;
            ranks.add(
                    CompletableFuture.supplyAsync(
                            () -> {
                                List<String> seen = new ArrayList<>();
                                for (int round = 0; round < 100; round++) {
                                    seen.add(group.exchange(own, own + "/" + round).toString());
                                }
                                return seen;
                            },
                            threads));
        }
        List<String> expected = new ArrayList<>();
        for (int round = 0; round < 100; round++) {
            expected.add("[0/" + round + ", 1/" + round + ", 2/" + round + "]");
        }
        for (CompletableFuture<List<String>> rank : ranks) {
            assertThat(rank.get(30, TimeUnit.SECONDS)).isEqualTo(expected);
        }
    }

    @Test
    void shouldEndEverybodysWaitingWhenOneFails() {
        RankGroup group = new RankGroup(3, Duration.ofMinutes(10));
        CompletableFuture<?> waiting =
                CompletableFuture.runAsync(() -> group.exchange(0, "here"), threads);
        group.fail(new IllegalStateException("no memory on rank 1"));
        assertThat(group.fail(new IllegalStateException("later")))
                .hasMessage("no memory on rank 1");
        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
                .hasMessageContaining("no memory on rank 1");
        assertThatThrownBy(() -> group.exchange(2, "late")).hasMessage("no memory on rank 1");
    }

    @Test
    void shouldNotWaitForeverForARankThatDoesNotCome() {
        RankGroup group = new RankGroup(2, Duration.ofMillis(5));
        assertThatThrownBy(() -> group.exchange(0, "here"))
                .hasMessageContaining("1 of 2 ranks came within");
    }

    @Test
    void shouldLetASingleRankThrough() {
        assertThat(RankSeat.alone().exchange(7)).containsExactly(7);
    }
}
