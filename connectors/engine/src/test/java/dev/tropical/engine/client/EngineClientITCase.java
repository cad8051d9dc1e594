package dev.tropical.engine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.Ack;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.Moved;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineClientITCase {
    private static final EngineClientOptions OPTIONS =
            new EngineClientOptions(Duration.ofSeconds(2), Duration.ofSeconds(3), 5, 50_000, null);

    private final FakeDirectory directory = new FakeDirectory();
    private final Recorder recorder = new Recorder();
    private FakeEngine engine;
    private EngineClient client;

    @BeforeEach
    void start() {
        engine = new FakeEngine("e1", "first");
        client = EngineClient.open(directory, "test", OPTIONS, recorder);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        engine.close();
        assertThat(directory.subscribers()).isZero();
    }

    @Test
    void shouldTellTheMembersThenCarryCommandsAndEvents() throws Exception {
        directory.set(engine.info());
        assertThat(recorder.next()).isEqualTo("up e1 first");
        EngineCommand members = engine.commands.poll(30, TimeUnit.SECONDS);
        assertThat(members.getMembers().getVersion()).isEqualTo(1);
        assertThat(members.getMembers().getEnginesList()).containsExactly(engine.info());

        assertThat(client.send("e1", hello(7))).isTrue();
        EngineCommand command = engine.nextCommand();
        assertThat(command.getHello().getEpoch()).isEqualTo(7);
        assertThat(command.getVersion()).isEqualTo(Wire.VERSION);
        engine.send(
                EngineEvents.newBuilder()
                        .addEvents(
                                EngineEvent.newBuilder()
                                        .setMoved(Moved.newBuilder().setToEngineId("e2"))));
        assertThat(recorder.next()).isEqualTo("events 1");
        assertThat(recorder.statuses.get()).isPositive();
    }

    @Test
    void shouldSpeakToAnEngineOfTheVersionBeforeAsItDoes() throws Exception {
        int before = Wire.VERSION - 1;
        try (FakeEngine old = new FakeEngine("e2", "x", before)) {
            directory.set(old.info());
            assertThat(recorder.next()).isEqualTo("up e2 x"); // its statuses are taken
            assertThat(old.commands.poll(5, TimeUnit.SECONDS).getVersion()).isEqualTo(before);
            client.send("e2", hello(7));
            assertThat(old.nextCommand().getVersion()).isEqualTo(before);
            old.send(
                    EngineEvents.newBuilder()
                            .addEvents(EngineEvent.newBuilder().setMoved(Moved.newBuilder())));
            assertThat(recorder.next()).isEqualTo("events 1");
            directory.set();
            assertThat(recorder.next()).startsWith("lost e2");
        }
    }

    @Test
    void shouldLeaveAnEngineOfALaterVersionOut() throws Exception {
        try (FakeEngine later = new FakeEngine("e2", "x", Wire.VERSION + 1)) {
            directory.set(later.info(), engine.info());
            assertThat(recorder.next()).isEqualTo("up e1 first");
            assertThat(client.send("e2", hello(7))).isFalse();
        }
    }

    @Test
    void shouldTellTheMembersAnewWhenTheyChange() throws Exception {
        directory.set(engine.info());
        recorder.next();
        engine.commands.poll(30, TimeUnit.SECONDS);
        try (FakeEngine second = new FakeEngine("e2", "x")) {
            directory.set(engine.info(), second.info());
            EngineCommand members = engine.commands.poll(30, TimeUnit.SECONDS);
            assertThat(members.getMembers().getEnginesList())
                    .containsExactlyInAnyOrder(engine.info(), second.info());
        }
    }

    @Test
    void shouldLoseASilentEngineAndFindItAgainUnderAnotherIdentity() throws Exception {
        directory.set(engine.info());
        recorder.next();
        client.send("e1", hello(1));
        engine.nextCommand();
        engine.isSilent = true;
        assertThat(recorder.next()).startsWith("lost e1: no status for 2");
        assertThat(client.send("e1", hello(2))).isFalse();
        engine.isSilent = false;
        assertThat(recorder.next()).isEqualTo("up e1 first");
        client.send("e1", hello(3));
        assertThat(engine.nextCommand().getHello().getEpoch()).isEqualTo(3);
        assertThat(engine.commandsByIdentity).hasSize(2);
    }

    @Test
    void shouldLoseAnEngineWhoseProcessEndsBeforeItsSilenceIsUp() throws Exception {
        directory.set(engine.info());
        recorder.next();
        engine.close();
        assertThat(recorder.next()).isEqualTo("lost e1: its connection was closed");
    }

    @Test
    void shouldLoseAStalledEngineUntilItMovesAgain() throws Exception {
        directory.set(engine.info());
        recorder.next();
        engine.progressAgeNs = 3_100_000_000L;
        assertThat(recorder.next())
                .isEqualTo("lost e1: no progress for 3100 ms (expected: within 3000 ms)");
        engine.progressAgeNs = 0;
        assertThat(recorder.next()).isEqualTo("up e1 first");
    }

    @Test
    void shouldTakeANewIncarnationForAnotherEngine() throws Exception {
        directory.set(engine.info());
        recorder.next();
        try (FakeEngine second = new FakeEngine("e1", "second")) {
            directory.set(second.info());
            assertThat(recorder.next()).isEqualTo("lost e1: registered anew as incarnation second");
            assertThat(recorder.next()).isEqualTo("up e1 second");
        }
    }

    @Test
    void shouldNotMistakeAnotherProcessOnTheSamePortsForTheEngine() throws Exception {
        directory.set(engine.info().toBuilder().setIncarnation("ended long ago").build());
        assertThat(recorder.calls.poll(500, TimeUnit.MILLISECONDS)).isNull();
        assertThat(client.send("e1", hello(1))).isFalse();
    }

    @Test
    void shouldLoseAnEngineThatIsRemovedFromTheRegistry() throws Exception {
        directory.set(engine.info());
        recorder.next();
        directory.set();
        assertThat(recorder.next()).isEqualTo("lost e1: removed from the registry");
    }

    /** JeroMQ's I/O thread must not wait for someone who reads of a connection that is closed. */
    @Test
    void shouldStillHearTheOthersWhenEnginesDieWhileTheyAreDropped() throws Exception {
        directory.set(engine.info());
        recorder.next();
        for (int round = 0; round < 12; round++) {
            FakeEngine dying = new FakeEngine("e2", "round-" + round);
            directory.set(engine.info(), dying.info());
            assertThat(recorder.next()).isEqualTo("up e2 round-" + round);
            Thread death = new Thread(dying::closeNow);
            death.start();
            directory.set(engine.info());
            assertThat(recorder.next()).startsWith("lost e2");
            death.join(20_000);
        }
        int heard = recorder.statuses.get();
        await().atMost(Duration.ofSeconds(20)).until(() -> recorder.statuses.get() > heard + 10);
        assertThat(recorder.calls).isEmpty();
    }

    @Test
    void shouldGoOnWithTheOthersWhenAnEndpointIsNone() throws Exception {
        EngineInfo broken =
                Engines.info("bad", "1").toBuilder().setCommandEndpoint("nowhere").build();
        directory.set(broken, engine.info());
        assertThat(recorder.next()).isEqualTo("up e1 first");
    }

    @Test
    void shouldKeepTheOrderOfEachThreadsCommands() throws Exception {
        directory.set(engine.info());
        recorder.next();
        int threads = 4;
        int each = 3000;
        List<Thread> senders = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int lane = t;
            Thread sender = new Thread(() -> sendAcks(lane, each));
            senders.add(sender);
            sender.start();
        }
        int[] next = new int[threads];
        for (int i = 0; i < threads * each; i++) {
            EngineCommand command = engine.nextCommand();
            assertThat(command).as("command %d", i).isNotNull();
            int lane = (int) (command.getAck().getEpoch() / each);
            assertThat(command.getAck().getEpoch() % each).isEqualTo(next[lane]++);
        }
        for (Thread sender : senders) {
            sender.join(1000);
        }
    }

    private void sendAcks(int lane, int each) {
        for (int i = 0; i < each; i++) {
            EngineCommand ack =
                    EngineCommand.newBuilder()
                            .setAck(Ack.newBuilder().setEpoch((long) lane * each + i))
                            .build();
            if (!client.send("e1", ack)) {
                throw new IllegalStateException("refused " + i);
            }
        }
    }

    @Test
    void shouldStillBeWokenAfterAnInterruptedThreadSent() throws Exception {
        directory.set(engine.info());
        recorder.next();
        Thread.currentThread().interrupt();
        client.send("e1", hello(1));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(engine.nextCommand().getHello().getEpoch()).isEqualTo(1);
        client.send("e1", hello(2));
        assertThat(engine.nextCommand().getHello().getEpoch()).isEqualTo(2);
    }

    @Test
    void shouldEndWhenTheDirectoryFails() throws Exception {
        directory.set(engine.info());
        recorder.next();
        directory.fail(new IllegalStateException("topic is gone"));
        assertThat(recorder.next()).isEqualTo("failed: topic is gone");
        await().atMost(Duration.ofSeconds(30)).until(() -> !client.send("e1", hello(1)));
    }

    private static EngineCommand hello(long epoch) {
        return EngineCommand.newBuilder().setHello(Hello.newBuilder().setEpoch(epoch)).build();
    }

    private static final class Recorder implements EngineListener {
        final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
        final AtomicInteger statuses = new AtomicInteger();

        String next() throws InterruptedException {
            return calls.poll(30, TimeUnit.SECONDS);
        }

        @Override
        public void onUp(EngineInfo up) {
            calls.add("up " + up.getEngineId() + " " + up.getIncarnation());
        }

        @Override
        public void onEvents(EngineEvents events) {
            calls.add("events " + events.getEventsCount());
        }

        @Override
        public void onStatus(EngineStatus status) {
            statuses.incrementAndGet();
        }

        @Override
        public void onLost(EngineInfo lost, String reason) {
            calls.add("lost " + lost.getEngineId() + ": " + reason);
        }

        @Override
        public void onFailure(RuntimeException failure) {
            calls.add("failed: " + failure.getCause().getMessage());
        }
    }
}
