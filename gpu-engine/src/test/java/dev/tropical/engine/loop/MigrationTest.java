package dev.tropical.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineCommand.BodyCase;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationTest {

    @Test
    void shouldGoOnElsewhereWithTheSameTokens() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 12));
        // The first token is the prefill engine's, all others the decode engine's.
        assertThat(pair.prefill.tokens.get(key)).hasSize(1);
        assertThat(pair.decode().finished).containsEntry(key, FinishReason.LENGTH);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        // 30 tokens are 8 blocks of two frames each.
        assertThat(pair.count(BodyCase.KV_FRAME)).isEqualTo(16);
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldHandTheLogprobsOverWithTheTokens() {
        EnginePair pair = EnginePair.ofOneEach();
        Submit.Builder request =
                LoopHarness.request("r", 30, 5).setPlacement(DecodePlacement.DECODE_PEER);
        request.getSamplingBuilder().setLogprobs(0);
        SequenceKey key = pair.prefill.submit(request);
        pair.runUntilFinished(key);
        TokenLogprobs drawn = pair.prefill.tokenEvents.get(0).getLogprobs(0);
        pair.decode().tokenEvents.clear();
        pair.decode().attach(key, 0);
        pair.turns(1);
        assertThat(pair.decode().tokenEvents.get(0).getLogprobs(0)).isEqualTo(drawn);
    }

    @Test
    void shouldTellTheLaneBeforeTheFirstTokenThatTheSequenceMoved() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        var events = pair.decode().messages.stream().flatMap(m -> m.getEventsList().stream());
        var first = events.filter(event -> !event.hasInventory()).findFirst().orElseThrow();
        assertThat(first.getMoved().getKey()).isEqualTo(key);
        assertThat(first.getMoved().getToEngineId()).isEqualTo("d");
    }

    @Test
    void shouldSendFinishedBlocksWhileThePrefillStillRuns() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 120, 5);
        pair.runUntilFinished(key);
        int firstFrame = indexOf(pair, BodyCase.KV_FRAME);
        int commit = indexOf(pair, BodyCase.KV_COMMIT);
        assertThat(firstFrame).isPositive().isLessThan(commit);
        long beforeFirstToken =
                pair.prefill.tokenEvents.stream().filter(e -> e.getKey().equals(key)).count();
        assertThat(beforeFirstToken).isEqualTo(1);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(120, 5));
    }

    private static int indexOf(EnginePair pair, BodyCase body) {
        return pair.sent.stream().map(EngineCommand::getBodyCase).toList().indexOf(body);
    }

    @Test
    void shouldSendOnlyBlocksThatTheDecodeEngineLacks() {
        EnginePair pair = new EnginePair(Setup.of("p"), Setup.of("d").prefixCaching());
        pair.runUntilFinished(pair.submit("first", 30, 5));
        long frames = pair.count(BodyCase.KV_FRAME);
        SequenceKey second = pair.submit("second", 30, 5);
        pair.runUntilFinished(second);
        // 7 of the 8 blocks are full, and cached.
        assertThat(pair.count(BodyCase.KV_FRAME) - frames).isEqualTo(2);
        assertThat(pair.tokens(second)).isEqualTo(EnginePair.tokensAlone(30, 5));
    }

    @Test
    void shouldTellThePeerWhenTheFirstTokenIsExpectedOrHowLongAgoItCame() {
        EnginePair pair = new EnginePair(Setup.of("p"), Setup.of("d").numBlocks(16));
        SequenceKey filler = pair.decode().submit("filler", 50, 14);
        pair.turns(4);
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(filler);
        pair.runUntilFinished(key);
        List<Long> firstTokenInNs =
                pair.sent.stream()
                        .filter(EngineCommand::hasKvReserve)
                        .map(command -> command.getKvReserve().getFirstTokenInNs())
                        .toList();
        // Asked when the prefill starts, refused, and asked again with the token long there.
        assertThat(firstTokenInNs.get(0)).isNotNegative();
        assertThat(firstTokenInNs.get(firstTokenInNs.size() - 1)).isNegative();
        assertThat(firstTokenInNs).isSortedAccordingTo((left, right) -> right.compareTo(left));
    }

    @Test
    void shouldAnswerAnAttachWithWhereTheSequenceWent() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        pair.prefill.movedTo.clear();
        pair.prefill.attach(key, 0);
        pair.turns(1);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        pair.decode().tokenEvents.clear();
        pair.decode().attach(key, 0);
        pair.turns(1);
        assertThat(pair.decode().tokenEvents).hasSize(1);
        assertThat(pair.decode().tokenEvents.get(0).getTokenIdsCount()).isEqualTo(12);
    }

    @Test
    void shouldEndHereWhatHasNothingLeftToDecode() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 1);
        pair.runUntilFinished(key);
        assertThat(pair.prefill.finished).containsEntry(key, FinishReason.LENGTH);
        assertThat(pair.count(BodyCase.KV_COMMIT)).isZero();
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldAskTheNextEngineWhenOneHasNoBlocks() {
        EnginePair pair =
                new EnginePair(Setup.of("p"), Setup.of("d1").numBlocks(16), Setup.of("d2"));
        SequenceKey filler = pair.decodes.get(0).submit("filler", 50, 14);
        pair.turns(4);
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        assertThat(pair.decodes.get(1).finished).containsKey(key);
        pair.runUntilFinished(filler);
    }

    @Test
    void shouldWaitForBlocksThatBecomeFree() {
        EnginePair pair = new EnginePair(Setup.of("p"), Setup.of("d").numBlocks(16));
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            keys.add(pair.submit("r" + i, 30, 10));
        }
        keys.forEach(pair::runUntilFinished);
        keys.forEach(key -> assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 10)));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    /** All that are parked would ask it at each of its statuses, and leave it no time to decode. */
    @Test
    void shouldAskAFullPeerForOneSequenceAtATime() {
        EnginePair pair = EnginePair.ofOneEach();
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            keys.add(pair.submit("r" + i, 30, 90)); // half of them fill the peer
        }
        keys.forEach(pair::runUntilFinished);
        long refused =
                pair.sent.stream()
                        .filter(command -> command.hasKvReserved())
                        .filter(command -> !command.getKvReserved().getAccepted())
                        .count();
        assertThat(refused).isBetween(1L, 60L);
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldRefuseTheSequenceWhenNobodyTakesItInTime() {
        EnginePair pair = new EnginePair(Setup.of("p"));
        SequenceKey key = pair.submit("r", 30, 12);
        pair.turnsFor(Duration.ofSeconds(4));
        assertThat(pair.prefill.refused).isEmpty();
        assertThat(pair.prefill.status.getParked()).isEqualTo(1);
        pair.turnsFor(Duration.ofSeconds(2));
        assertThat(pair.prefill.refused)
                .extracting(Refused::getCode)
                .containsExactly(RefusalCode.NO_DECODE_PEER);
        assertThat(pair.prefill.tokens.get(key)).hasSize(1);
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldDecodeItselfWhenNobodyTakesItInTimeAndItMay() {
        EnginePair pair = new EnginePair(Setup.of("p"));
        SequenceKey key =
                pair.prefill.submit(
                        LoopHarness.request("r", 30, 12)
                                .setPlacement(DecodePlacement.DECODE_PEER_OR_HERE));
        pair.turnsFor(Duration.ofSeconds(4));
        assertThat(pair.prefill.status.getParked()).isEqualTo(1);
        pair.runUntilFinished(key);
        assertThat(pair.prefill.refused).isEmpty();
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    /** Whatever single kind of message comes twice, nothing changes. */
    @ParameterizedTest
    @EnumSource(
            value = BodyCase.class,
            names = {"KV_RESERVE", "KV_RESERVED", "KV_FRAME", "KV_COMMIT", "KV_COMMITTED"})
    void shouldIgnoreWhatComesTwice(BodyCase repeated) {
        EnginePair pair = EnginePair.ofOneEach();
        pair.fault(command -> command.getBodyCase() == repeated ? 2 : 1);
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    /** A lost message before the commit's effect is made good by another try. */
    @ParameterizedTest
    @EnumSource(
            value = BodyCase.class,
            names = {"KV_RESERVE", "KV_RESERVED", "KV_FRAME"})
    void shouldTryAgainWhenAMessageIsLost(BodyCase lost) {
        EnginePair pair = EnginePair.ofOneEach();
        pair.fault(new LoseFirst(lost));
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    /** When the commit's fate is unknown, both sides let go and the lane is told to try anew. */
    @ParameterizedTest
    @EnumSource(
            value = BodyCase.class,
            names = {"KV_COMMIT", "KV_COMMITTED"})
    void shouldGiveUpACommitWithoutAnAnswer(BodyCase lost) {
        EnginePair pair = EnginePair.ofOneEach();
        pair.fault(new LoseFirst(lost));
        SequenceKey key = pair.submit("r", 30, 90);
        pair.turns(20);
        pair.turnsFor(Duration.ofSeconds(6));
        assertThat(pair.prefill.refused)
                .extracting(Refused::getCode)
                .containsExactly(RefusalCode.PEER_LOST);
        assertThat(pair.areAllBlocksFree()).isTrue();
        assertThat(pair.isRefused(key)).isTrue();
    }

    @Test
    void shouldTellTheLaneOnBothEnginesWhenACommitIsTakenBack() {
        EnginePair pair = EnginePair.ofOneEach();
        pair.fault(new LoseFirst(BodyCase.KV_COMMITTED));
        SequenceKey key = pair.submit("r", 30, 90);
        while (pair.count(BodyCase.KV_COMMITTED) == 0) {
            pair.turns(1);
        }
        pair.clock.advance(Duration.ofSeconds(6));
        pair.turns(3);
        for (LoopHarness engine : List.of(pair.prefill, pair.decode())) {
            assertThat(engine.refused)
                    .extracting(Refused::getCode)
                    .containsExactly(RefusalCode.PEER_LOST);
        }
        assertThat(pair.isFinished(key)).isFalse();
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    private static final class LoseFirst implements EnginePair.Fault {
        private final BodyCase lost;
        private boolean hasLost;

        private LoseFirst(BodyCase lost) {
            this.lost = lost;
        }

        @Override
        public int copies(EngineCommand command) {
            if (hasLost || command.getBodyCase() != lost) {
                return 1;
            }
            hasLost = true;
            return 0;
        }
    }

    @Test
    void shouldIgnoreFramesAndCommitsOfATransferThatIsOver() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        List<EngineCommand> old = List.copyOf(pair.sent);
        pair.clock.advance(Duration.ofSeconds(6));
        pair.turns(2);
        SequenceKey other = pair.submit("other", 40, 12);
        for (int i = 0; i < 10; i++) {
            for (EngineCommand command : old) {
                if (command.hasKvFrame() || command.hasKvCommit() || command.hasKvAbort()) {
                    pair.replay(pair.decode(), command, ByteString.copyFrom(new byte[4096]));
                }
            }
            pair.turns(1);
        }
        pair.runUntilFinished(other);
        assertThat(pair.tokens(other)).isEqualTo(EnginePair.tokensAlone(40, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldRefuseACommitForNoLane() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 30, 12);
        List<EngineCommand> commits = new ArrayList<>();
        pair.fault(command -> command.hasKvCommit() && commits.add(command) ? 0 : 1);
        while (commits.isEmpty()) {
            pair.turns(1);
        }
        EngineCommand.Builder wrong = commits.get(0).toBuilder();
        wrong.getKvCommitBuilder().getSequenceBuilder().setLane(500);
        pair.replay(pair.decode(), wrong.build(), ByteString.EMPTY);
        pair.turns(1);
        pair.fault(EnginePair.NONE);
        pair.runUntilFinished(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(30, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldReserveAnewWhenAPeerSaysThatItHoldsFewerThanNoBlocks() {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 120, 12);
        List<EngineCommand> answers = new ArrayList<>();
        pair.fault(command -> command.hasKvReserved() && answers.add(command) ? 0 : 1);
        while (answers.isEmpty()) {
            pair.turns(1);
        }
        EngineCommand.Builder wrong = answers.get(0).toBuilder();
        wrong.getKvReservedBuilder().setCachedBlocks(-3);
        pair.prefill.port.inbound.add(
                new Inbound.PeerAnswer(pair.decode().info.getEngineId(), wrong.build()));
        pair.turns(1);
        pair.fault(EnginePair.NONE);
        pair.runUntilFinished(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(120, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldFreeItsBlocksWhenTheSenderDies() {
        EnginePair pair = EnginePair.ofOneEach();
        pair.submit("r", 120, 12);
        while (pair.count(BodyCase.KV_FRAME) < 4) {
            pair.turns(1);
        }
        pair.kill(pair.prefill);
        pair.turns(2);
        assertThat(pair.decode().statusNow().getBlocksReserved()).isPositive();
        pair.turnsFor(Duration.ofSeconds(6));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldTakeAnotherEngineWhenTheReceiverDies() {
        EnginePair pair = new EnginePair(Setup.of("p"), Setup.of("d1"), Setup.of("d2"));
        SequenceKey key = pair.submit("r", 120, 12);
        while (pair.count(BodyCase.KV_FRAME) < 4) {
            pair.turns(1);
        }
        // Its connection takes nothing more, so the commit cannot follow before the silence shows.
        pair.prefill.port.frameCredits = 0;
        pair.kill(pair.decodes.get(0));
        pair.turnsFor(Duration.ofMillis(1500));
        pair.prefill.port.frameCredits = 4;
        pair.runUntilFinished(key);
        assertThat(pair.decodes.get(1).finished).containsKey(key);
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(120, 12));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldTakeAnotherEngineWhenTheFirstDoesNotAnswer() {
        EnginePair pair = new EnginePair(Setup.of("p"), Setup.of("d1"), Setup.of("d2"));
        pair.kill(pair.decodes.get(0));
        SequenceKey key = pair.submit("r", 30, 12);
        pair.runUntilFinished(key);
        assertThat(pair.decodes.get(1).finished).containsKey(key);
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24})
    void shouldFreeEverythingWhenCancelledAtAnyTime(int turns) {
        EnginePair pair = EnginePair.ofOneEach();
        SequenceKey key = pair.submit("r", 60, 60);
        pair.turns(turns);
        pair.cancel(key);
        pair.turnsFor(Duration.ofMillis(100));
        assertThat(pair.isFinished(key)).isFalse();
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldAbortATransferWhoseFramesMakeNoSense() {
        EnginePair pair = EnginePair.ofOneEach();
        pair.submit("r", 120, 12);
        while (pair.count(BodyCase.KV_FRAME) < 1) {
            pair.turns(1);
        }
        EngineCommand frame =
                pair.sent.stream().filter(EngineCommand::hasKvFrame).findFirst().orElseThrow();
        pair.replay(pair.decode(), frame, ByteString.copyFrom(new byte[3]));
        pair.turns(1);
        assertThat(pair.count(BodyCase.KV_ABORT)).isPositive();
    }

    /**
     * Messages are lost and repeated at random. Each request ends once, with the right tokens or
     * with a refusal; afterwards every block is free.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldLoseNothingWhateverIsLostOrRepeated(long seed) {
        Random random = new Random(seed);
        EnginePair pair =
                new EnginePair(
                        Setup.of("p").numBlocks(40),
                        Setup.of("d1").numBlocks(24),
                        Setup.of("d2").numBlocks(24).prefixCaching());
        pair.fault(
                command -> {
                    int draw = random.nextInt(100);
                    return draw < 4 ? 0 : draw < 8 ? 2 : 1;
                });
        Map<SequenceKey, int[]> lengths = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            int[] length = {1 + random.nextInt(40), 1 + random.nextInt(20)};
            lengths.put(pair.submit("r" + i, length[0], length[1]), length);
            pair.turns(random.nextInt(6));
        }
        Set<SequenceKey> open = new HashSet<>(lengths.keySet());
        for (int i = 0; i < 20_000 && !open.isEmpty(); i++) {
            pair.turns(1);
            open.removeIf(key -> pair.isFinished(key) || pair.isRefused(key));
        }
        assertThat(open).isEmpty();
        lengths.forEach(
                (key, length) -> {
                    if (pair.isFinished(key)) {
                        assertThat(pair.tokens(key))
                                .isEqualTo(EnginePair.tokensAlone(length[0], length[1]));
                    }
                });
        pair.fault(EnginePair.NONE);
        pair.turnsFor(Duration.ofSeconds(6));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }
}
