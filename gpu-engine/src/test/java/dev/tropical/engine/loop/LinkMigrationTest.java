package dev.tropical.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.engine.transfer.TransferOptions;
import dev.tropical.protocol.wire.EngineCommand.BodyCase;
import dev.tropical.protocol.wire.SequenceKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Blocks that go from device to device, with frames as the way that is always there. */
class LinkMigrationTest {
    private static final int PROMPT = 30;
    private static final int TOKENS = 12;

    /**
     * After which nothing may wait for a silent peer or link any more; both sides' limits are 5 s.
     */
    private static final Duration LIMITS = Duration.ofSeconds(12);

    private final FakeLinks links = new FakeLinks();

    private EnginePair pair() {
        return new EnginePair(Setup.of("p").links(links), Setup.of("d").links(links));
    }

    /** A pair whose link is open: the first request has made them open it. */
    private EnginePair linkedPair() {
        EnginePair pair = pair();
        pair.turns(5);
        pair.runUntilFinished(pair.submit("first", PROMPT, 2));
        pair.turns(5);
        assertThat(links.open()).isEqualTo(2);
        return pair;
    }

    private static void expectTokens(EnginePair pair, SequenceKey key) {
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(PROMPT, TOKENS));
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldSendWholeBlocksOnceTheLinkIsOpen() {
        EnginePair pair = linkedPair();
        long frames = pair.count(BodyCase.KV_FRAME);
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.runUntilFinished(key);
        expectTokens(pair, key);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        assertThat(pair.count(BodyCase.KV_FRAME)).isEqualTo(frames);
        // The prompt is prefilled in two steps, whose blocks follow each.
        assertThat(pair.count(BodyCase.KV_CHUNK)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void shouldSendFramesToAPeerThatHasNoLinks() {
        EnginePair pair = new EnginePair(Setup.of("p").links(links), Setup.of("d"));
        for (int i = 0; i < 3; i++) {
            SequenceKey key = pair.submit("r" + i, PROMPT, TOKENS);
            pair.runUntilFinished(key);
            expectTokens(pair, key);
        }
        assertThat(pair.count(BodyCase.KV_CHUNK)).isZero();
        assertThat(links.open()).isZero();
    }

    @Test
    void shouldSendFramesWhereNoLinkCanBeOpened() {
        links.isUnreachable = true;
        EnginePair pair = pair();
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.runUntilFinished(key);
        expectTokens(pair, key);
        pair.turnsFor(LIMITS);
        assertThat(links.open()).isZero();
        assertThat(pair.count(BodyCase.KV_CHUNK)).isZero();
    }

    @Test
    void shouldOfferAnotherLinkToAPeerThatCannotOpenTheFirst() {
        links.refusedPrefix = "link-";
        EnginePair pair = pair();
        for (int i = 0; i < 3; i++) {
            SequenceKey key = pair.submit("r" + i, PROMPT, TOKENS);
            pair.runUntilFinished(key);
            expectTokens(pair, key);
        }
        assertThat(links.made).isEqualTo(2);
        assertThat(links.open()).isEqualTo(2);
        assertThat(pair.count(BodyCase.KV_CHUNK)).isPositive();
    }

    @Test
    void shouldSendFramesToAPeerThatCanOpenNoLinkAndTryAgainLater() {
        links.refusedPrefix = "";
        EnginePair pair = pair();
        for (int i = 0; i < 4; i++) {
            SequenceKey key = pair.submit("r" + i, PROMPT, TOKENS);
            pair.runUntilFinished(key);
            expectTokens(pair, key);
        }
        assertThat(pair.count(BodyCase.KV_CHUNK)).isZero();
        assertThat(links.made).isEqualTo(2);
        links.refusedPrefix = "none";
        pair.turnsFor(TransferOptions.DEFAULT.linkPause());
        pair.runUntilFinished(pair.submit("later", PROMPT, TOKENS));
        pair.turns(5);
        assertThat(links.open()).isEqualTo(2);
    }

    @Test
    void shouldTakeTheSequenceOverOnlyWhenItsBlocksHaveCome() {
        EnginePair pair = linkedPair();
        links.isStalled = true;
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.turns(200);
        assertThat(pair.count(BodyCase.KV_COMMIT)).isEqualTo(2);
        assertThat(pair.decode().tokens).doesNotContainKey(key);
        links.isStalled = false;
        pair.runUntilFinished(key);
        expectTokens(pair, key);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
    }

    @Test
    void shouldSendFramesWhenTheLinkStops() {
        EnginePair pair = linkedPair();
        links.isStalled = true;
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.turnsFor(LIMITS);
        pair.runUntilFinished(key);
        expectTokens(pair, key);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        assertThat(links.open()).isZero();
    }

    @Test
    void shouldNotUseBlocksAgainThatALinkStillWritesTo() {
        EnginePair pair = linkedPair();
        links.isStalled = true;
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.turns(20);
        pair.cancel(key);
        pair.turns(20);
        assertThat(pair.decode().areAllBlocksFree()).isFalse();
        links.isStalled = false;
        pair.turns(20);
        assertThat(pair.areAllBlocksFree()).isTrue();
        SequenceKey next = pair.submit("next", PROMPT, TOKENS);
        pair.runUntilFinished(next);
        expectTokens(pair, next);
    }

    @Test
    void shouldReceiveAndForgetWhatNobodyWants() {
        EnginePair pair = linkedPair();
        SequenceKey cancelled = pair.submit("cancelled", 100, 4);
        pair.turns(3);
        // Cancelled on the decode engine alone: the other goes on sending until it is told.
        pair.decode().cancel(cancelled);
        pair.turns(1);
        SequenceKey next = pair.submit("next", PROMPT, TOKENS);
        pair.cancel(cancelled);
        pair.runUntilFinished(next);
        expectTokens(pair, next);
        assertThat(links.open()).isEqualTo(2);
    }

    @Test
    void shouldFreeEverythingWhenTheSenderDies() {
        EnginePair pair = linkedPair();
        links.isStalled = true;
        pair.submit("r", PROMPT, TOKENS);
        pair.turns(20);
        assertThat(pair.decode().areAllBlocksFree()).isFalse();
        pair.kill(pair.prefill);
        pair.turnsFor(LIMITS);
        assertThat(pair.decode().areAllBlocksFree()).isTrue();
        expectStatusOfIdle(pair.decode());
        // The dead one's end is its device's affair.
        assertThat(links.open()).isEqualTo(1);
    }

    @Test
    void shouldFreeEverythingWhenTheReceiverDies() {
        EnginePair pair = linkedPair();
        links.isStalled = true;
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        pair.turns(20);
        pair.kill(pair.decode());
        pair.turnsFor(LIMITS);
        assertThat(pair.isRefused(key)).isTrue();
        assertThat(pair.prefill.areAllBlocksFree()).isTrue();
        expectStatusOfIdle(pair.prefill);
        assertThat(links.open()).isEqualTo(1);
    }

    /** Nothing but a deadline has told the engine: others must hear of it all the same. */
    private static void expectStatusOfIdle(LoopHarness engine) {
        assertThat(engine.status).isNotNull();
        assertThat(engine.status.getBlocksFree()).isEqualTo(engine.status.getBlocksTotal());
        assertThat(engine.status.getBlocksReserved()).isZero();
    }
}
