package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.Submit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MigrationTest {
    private static final SequenceKey KEY = Requests.key("a");
    private static final Slo SLO = Slo.newBuilder().setTpotNs(1_000).build();

    private final TestLoop loop = TestLoop.of(TestLoop.config(100, 2, true));

    private Sequence parked() {
        Submit submit =
                Requests.builder("a", 6, 9).setPlacement(DecodePlacement.DECODE_PEER).build();
        Sequence sequence = new Sequence(submit, loop.nowNs);
        loop.scheduler.add(sequence);
        loop.step();
        return sequence;
    }

    private Optional<Reservation> reserve(int blocks) {
        return loop.scheduler.reserve(KEY, 6, blocks, List.of(), SLO, 0);
    }

    private static Sequence arriving(int generated) {
        Submit.Builder submit = Requests.builder("a", 6, 9).setFirstTokenAgeNs(500);
        for (int i = 0; i < generated; i++) {
            submit.addGeneratedTokenIds(i);
        }
        return new Sequence(submit.build(), 2_000);
    }

    @Test
    void shouldParkAPrefilledSequenceThatDecodesOnAPeer() {
        Sequence sequence = parked();
        assertThat(sequence.state()).isEqualTo(SequenceState.PARKED);
        assertThat(sequence.slot()).as("another prompt may have it").isEqualTo(-1);
        assertThat(sequence.computedTokens()).isEqualTo(6);
        assertThat(loop.step()).isEmpty();
    }

    @Test
    void shouldNotContinueAPrefillThatWillBeParked() {
        loop.scheduler.add(
                new Sequence(
                        Requests.builder("a", 6, 9)
                                .setPlacement(DecodePlacement.DECODE_PEER)
                                .build(),
                        0));
        loop.launch();
        assertThat(loop.launch()).isEmpty();
    }

    @Test
    void shouldHoldTheBlocksUntilThePeerHasCommitted() {
        Sequence sequence = parked();
        loop.scheduler.beginMigration(KEY);
        assertThat(sequence.state()).isEqualTo(SequenceState.MIGRATING);
        assertThat(loop.pool.used()).isEqualTo(2);
        loop.scheduler.completeMigration(KEY);
        assertThat(sequence.state()).isEqualTo(SequenceState.MOVED);
        assertThat(loop.pool.used()).isZero();
        assertThat(loop.scheduler.isIdle()).isTrue();
    }

    @Test
    void shouldOfferASequenceAgainWhenItsMigrationFails() {
        Sequence sequence = parked();
        loop.scheduler.beginMigration(KEY);
        loop.scheduler.failMigration(KEY);
        assertThat(sequence.state()).isEqualTo(SequenceState.PARKED);
    }

    @Test
    void shouldDecodeAParkedSequenceItselfWhenTold() {
        Sequence sequence = parked();
        loop.scheduler.decodeHere(KEY);
        while (!loop.scheduler.isIdle()) {
            assertThat(loop.step()).containsExactly(1);
        }
        assertThat(Requests.generated(sequence))
                .isEqualTo(Requests.expected(sequence.request(), 100));
    }

    @Test
    void shouldWaitForASlotBeforeItDecodesAParkedSequence() {
        Sequence sequence = parked();
        loop.add("b", 4, 2);
        loop.add("c", 4, 9);
        loop.step();
        loop.scheduler.decodeHere(KEY);
        assertThat(loop.step()).as("no slot").containsExactly(1, 1);
        assertThat(sequence.slot()).isEqualTo(-1);
        assertThat(loop.step()).as("b has ended").containsExactly(1, 1);
        assertThat(sequence.slot()).isNotEqualTo(-1);
    }

    @Test
    void shouldRefuseMovesFromTheWrongState() {
        loop.add("b", 4, 9);
        loop.launch();
        SequenceKey prefilling = Requests.key("b");
        assertThatThrownBy(() -> loop.scheduler.failMigration(prefilling))
                .hasMessage("b/0#0 PREFILLING (expected: MIGRATING)");
        assertThatThrownBy(() -> loop.scheduler.decodeHere(prefilling))
                .hasMessage("b/0#0 PREFILLING (expected: PARKED)");
        assertThatThrownBy(() -> loop.scheduler.beginMigration(KEY))
                .hasMessage("a is not here (expected: PARKED)");
    }

    @Test
    void shouldCountAReservationsBlocksAtOnce() {
        Reservation reservation = reserve(3).orElseThrow();
        assertThat(loop.pool.used()).isEqualTo(3);
        assertThat(loop.scheduler.isIdle()).isFalse();
        loop.scheduler.release(reservation);
        loop.scheduler.release(reservation);
        assertThat(loop.pool.used()).isZero();
        assertThat(loop.scheduler.isIdle()).isTrue();
    }

    @Test
    void shouldRefuseAReservationWithoutRoom() {
        assertThat(reserve(65)).as("blocks").isEmpty();
        assertThat(reserve(2)).isPresent();
        assertThat(reserve(2)).as("the key is here").isEmpty();
        loop.add("b", 4, 9);
        loop.step();
        Optional<Reservation> third =
                loop.scheduler.reserve(Requests.key("c"), 6, 2, List.of(), SLO, 0);
        assertThat(third).as("slots").isEmpty();
    }

    @Test
    void shouldDecodeAnAdoptedSequenceWithoutComputingItsPrompt() {
        Reservation reservation = reserve(2).orElseThrow();
        Sequence sequence = arriving(1);
        loop.scheduler.adopt(reservation, sequence, 6, 2_500);
        StepPlan.Entry entry = loop.launch().orElseThrow().entries().get(0);
        assertThat(entry.start()).isEqualTo(6);
        assertThat(entry.tokenIds()).containsExactly(0);
        assertThat(entry.blockTable()).isEqualTo(reservation.blockTable());
        assertThat(sequence.timings().getMigrateNs()).isEqualTo(1_000);
    }

    @Test
    void shouldComputeWhatDidNotComeAlong() {
        Sequence sequence = arriving(2);
        loop.scheduler.adopt(reserve(2).orElseThrow(), sequence, 5, 0);
        assertThat(sequence.state()).isEqualTo(SequenceState.PREFILLING);
        assertThat(loop.step()).containsExactly(3);
        assertThat(sequence.state()).isEqualTo(SequenceState.DECODING);
    }

    @Test
    void shouldLeaveTheReservationStandingWhenAnAdoptionIsRefused() {
        Reservation reservation = reserve(2).orElseThrow();
        assertThatThrownBy(() -> loop.scheduler.adopt(reservation, arriving(1), 7, 0))
                .hasMessageContaining("computedTokens 7 (expected: in [0, 7))");
        assertThatThrownBy(() -> loop.scheduler.adopt(reservation, arriving(3), 6, 0))
                .hasMessageContaining("at most the reserved 8");
        loop.scheduler.adopt(reservation, arriving(1), 6, 0);
        assertThatThrownBy(() -> loop.scheduler.adopt(reservation, arriving(1), 6, 0))
                .hasMessageContaining("is here already");
    }

    @Test
    void shouldRefuseAnEndedReservation() {
        Reservation reservation = reserve(2).orElseThrow();
        loop.scheduler.release(reservation);
        assertThatThrownBy(() -> loop.scheduler.adopt(reservation, arriving(1), 6, 0))
                .hasMessageContaining("the reservation has ended");
    }

    @Test
    void shouldNotTakeBlocksThatThePrefixCacheKnows() {
        TestLoop cached = new TestLoop(TestLoop.config(100, 4, true), 64, 4, true);
        Sequence resident = cached.add("a", 9, 9);
        cached.step();
        List<PrefixKey> keys = new PrefixCache("model").keys(resident.prompt(), 9, 4);
        Reservation reservation =
                cached.scheduler.reserve(Requests.key("b"), 9, 3, keys, SLO, 0).orElseThrow();
        assertThat(reservation.cachedBlocks()).isEqualTo(2);
        assertThat(reservation.blockTable())
                .startsWith(resident.blockTable()[0], resident.blockTable()[1]);
        assertThat(cached.pool.used()).isEqualTo(3 + 1);
    }
}
