package dev.tropical.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.bulk.BulkAddress;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.loop.LoopHarness.Setup;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineCommand.BodyCase;
import dev.tropical.protocol.wire.KvReserved;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** KV frames that go over connections of their own, with the commands' way for when they cannot. */
class BulkMigrationITCase {
    private static final int PROMPT = 30;
    private static final int TOKENS = 12;

    private final List<BulkPort> ports = new ArrayList<>();

    @AfterEach
    void close() {
        ports.forEach(BulkPort::close);
    }

    private BulkPort port() {
        BulkPort port = BulkPort.open(new BulkAddress("127.0.0.1", 0));
        ports.add(port);
        return port;
    }

    private EnginePair bulkPair() {
        return new EnginePair(Setup.of("p").bulk(port()), Setup.of("d").bulk(port()));
    }

    @Test
    void shouldSendNoFrameWithTheCommands() throws Exception {
        EnginePair pair = bulkPair();
        List<SequenceKey> keys = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            keys.add(pair.submit("r" + i, PROMPT, TOKENS));
        }
        for (SequenceKey key : keys) {
            finish(pair, key);
            expectTokens(pair, key);
            assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        }
        assertThat(pair.count(BodyCase.KV_FRAME)).isZero();
        assertThat(pair.areAllBlocksFree()).isTrue();
    }

    @Test
    void shouldHandOutATokenOfItsOwnForEachTransfer() throws Exception {
        EnginePair pair = bulkPair();
        finish(pair, pair.submit("r1", PROMPT, TOKENS));
        finish(pair, pair.submit("r2", PROMPT, TOKENS));
        List<KvReserved> answers =
                pair.sent.stream()
                        .filter(EngineCommand::hasKvReserved)
                        .map(EngineCommand::getKvReserved)
                        .toList();
        assertThat(answers).hasSizeGreaterThanOrEqualTo(2);
        assertThat(answers.stream().map(KvReserved::getKvToken).distinct()).hasSize(2);
        assertThat(answers).allMatch(answer -> answer.getKvToken().size() == 32);
    }

    @Test
    void shouldSendFramesWithTheCommandsUnlessBothEnginesWantOtherwise() throws Exception {
        EnginePair sender = new EnginePair(Setup.of("p").bulk(port()), Setup.of("d"));
        EnginePair receiver = new EnginePair(Setup.of("p"), Setup.of("d").bulk(port()));
        for (EnginePair pair : List.of(sender, receiver)) {
            SequenceKey key = pair.submit("r", PROMPT, TOKENS);
            finish(pair, key);
            expectTokens(pair, key);
            assertThat(pair.count(BodyCase.KV_FRAME)).isPositive();
        }
    }

    @Test
    void shouldSendFramesWithTheCommandsWhereThePeerCannotBeReachedOtherwise() throws Exception {
        BulkPort unreachable = port();
        EnginePair pair =
                new EnginePair(Setup.of("p").bulk(port()), Setup.of("d").bulk(unreachable));
        unreachable.close();
        SequenceKey key = pair.submit("r", PROMPT, TOKENS);
        finish(pair, key);
        expectTokens(pair, key);
        assertThat(pair.prefill.movedTo).containsEntry(key, "d");
        assertThat(pair.count(BodyCase.KV_FRAME)).isPositive();
    }

    @Test
    void shouldFreeEverythingWhenTheSequenceIsCancelledOnTheWay() throws Exception {
        EnginePair pair = bulkPair();
        for (int turns = 0; turns < 8; turns++) {
            SequenceKey key = pair.submit("r" + turns, 100, TOKENS);
            pair.turns(turns);
            pair.cancel(key);
            awaitThat(pair, pair::areAllBlocksFree);
        }
        SequenceKey next = pair.submit("next", PROMPT, TOKENS);
        finish(pair, next);
        expectTokens(pair, next);
    }

    @Test
    void shouldFreeEverythingWhenTheSenderDies() throws Exception {
        EnginePair pair = bulkPair();
        pair.submit("r", 100, TOKENS);
        awaitThat(pair, () -> !pair.decode().areAllBlocksFree());
        pair.kill(pair.prefill);
        awaitThat(pair, pair.decode()::areAllBlocksFree);
    }

    @Test
    void shouldFreeEverythingWhenTheReceiverDies() throws Exception {
        EnginePair pair = bulkPair();
        SequenceKey key = pair.submit("r", 100, TOKENS);
        awaitThat(pair, () -> !pair.decode().areAllBlocksFree());
        pair.kill(pair.decode());
        awaitThat(pair, () -> pair.isRefused(key));
        assertThat(pair.prefill.areAllBlocksFree()).isTrue();
    }

    private static void finish(EnginePair pair, SequenceKey key) throws InterruptedException {
        awaitThat(pair, () -> pair.isFinished(key));
        pair.turns(5);
    }

    private static void expectTokens(EnginePair pair, SequenceKey key) {
        assertThat(pair.tokens(key)).isEqualTo(EnginePair.tokensAlone(PROMPT, TOKENS));
    }

    /** A turn moves the engines' clock by 2 ms; the network's is the real one. */
    private static void awaitThat(EnginePair pair, BooleanSupplier condition)
            throws InterruptedException {
        long deadlineNs = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            pair.turns(1);
            Thread.sleep(1);
        }
    }
}
