package dev.tropical.engine.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.KvFrame;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.sockets.KeyFolder;
import dev.tropical.sockets.SocketSecurity;
import dev.tropical.sockets.Sockets;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

class EngineIoITCase {
    private static final long PATIENCE_NS = Duration.ofSeconds(20).toNanos();

    private final List<EngineIo> opened = new ArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final ZContext context = new ZContext(1);

    @AfterEach
    void close() {
        context.close();
        opened.forEach(EngineIo::close);
        assertThat(failures).isEmpty();
    }

    @Test
    void shouldPassCommandsInAndEventsOut() throws Exception {
        EngineIo io = open("e");
        ZMQ.Socket lane = dealer(io, "lane");
        lane.send(hello().toByteArray());
        Inbound.Command command = (Inbound.Command) next(io);
        assertThat(command.command()).isEqualTo(hello());
        assertThat(command.connection().toStringUtf8()).isEqualTo("lane");
        EngineEvents events = EngineEvents.newBuilder().setEngineId("e").build();
        io.send(new Outbound.Events(command.connection(), events));
        assertThat(EngineEvents.parseFrom(lane.recv())).isEqualTo(events);
    }

    @Test
    void shouldSurviveWhateverAPeerSends() throws Exception {
        EngineIo io = open("e");
        ZMQ.Socket lane = dealer(io, "lane");
        lane.send(new byte[] {1, 2, 3});
        lane.send(new byte[0]);
        lane.send(hello().toBuilder().setVersion(Wire.VERSION + 1).build().toByteArray());
        lane.send(EngineCommand.newBuilder().setVersion(Wire.VERSION).build().toByteArray());
        // A frame without its bytes, bytes without a frame, and too many of them.
        lane.send(frame().toByteArray());
        lane.sendMore(hello().toByteArray());
        lane.send(new byte[5]);
        lane.sendMore(frame().toByteArray());
        lane.sendMore(new byte[5]);
        lane.send(new byte[5]);
        lane.send(hello().toByteArray());
        assertThat(((Inbound.Command) next(io)).command()).isEqualTo(hello());
    }

    @Test
    void shouldTellOfEventsThatNobodyCouldTake() throws Exception {
        EngineIo io = open("e");
        ByteString nobody = ByteString.copyFromUtf8("nobody");
        Outbound.Events events = new Outbound.Events(nobody, EngineEvents.getDefaultInstance());
        io.send(events);
        assertThat(next(io)).isEqualTo(new Inbound.Undelivered(events));
    }

    @Test
    void shouldBeatWhileTheLoopSaysNothing() throws Exception {
        EngineIo io = open("e");
        ZMQ.Socket subscriber = Sockets.connecting(context, SocketType.SUB);
        subscriber.subscribe(ZMQ.SUBSCRIPTION_ALL);
        subscriber.connect(io.statusEndpoint());
        subscriber.setReceiveTimeOut(20_000);
        EngineStatus first = EngineStatus.parseFrom(subscriber.recv());
        long shortestNs = Long.MAX_VALUE;
        for (int i = 1; i <= 5; i++) { // a busy machine may hold some of them up
            long startNs = System.nanoTime();
            EngineStatus next = EngineStatus.parseFrom(subscriber.recv());
            assertThat(next.getNumber()).isEqualTo(first.getNumber() + i);
            shortestNs = Math.min(shortestNs, System.nanoTime() - startNs);
        }
        assertThat(shortestNs).isLessThan(1_000_000_000L);
        io.send(new Outbound.Status(EngineStatus.newBuilder().setWaiting(5).build()));
        EngineStatus snapshot = EngineStatus.parseFrom(subscriber.recv());
        while (snapshot.getWaiting() != 5) {
            snapshot = EngineStatus.parseFrom(subscriber.recv());
        }
        assertThat(EngineStatus.parseFrom(subscriber.recv()).getWaiting()).isEqualTo(5);
    }

    @Test
    void shouldMoveFramesBetweenPeersAndGiveCreditsBack() throws Exception {
        moveFrames(SocketSecurity.NONE, SocketSecurity.NONE);
    }

    @Test
    void shouldMoveFramesBetweenPeersThatTrustEachOther(@TempDir Path keys) throws Exception {
        KeyFolder folder = new KeyFolder(keys);
        folder.create("p");
        folder.create("d");
        moveFrames(SocketSecurity.of(keys, "p"), SocketSecurity.of(keys, "d"));
    }

    @Test
    void shouldLetNoUnknownPeerIn(@TempDir Path keys, @TempDir Path others) throws Exception {
        new KeyFolder(keys).create("d");
        new KeyFolder(others).create("stranger");
        Files.copy(keys.resolve("trusted/d.pub"), others.resolve("trusted/d.pub"));
        SocketSecurity security = SocketSecurity.of(keys, "d");
        EngineIo d = open("d", security);
        SocketSecurity strangers = SocketSecurity.of(others, "stranger");
        ZMQ.Socket stranger = Sockets.connecting(context, SocketType.DEALER);
        strangers.connect(stranger, d.commandEndpoint(), security.publicKey());
        stranger.send(hello().toByteArray());
        ZMQ.Socket plain = dealer(d, "plain");
        plain.send(hello().toByteArray());
        // Whoever is trusted comes in, though the others knocked first.
        ZMQ.Socket friend = Sockets.connecting(context, SocketType.DEALER);
        friend.setIdentity("friend".getBytes());
        security.connect(friend, d.commandEndpoint(), security.publicKey());
        friend.send(hello().toByteArray());
        Inbound.Command first = (Inbound.Command) next(d);
        assertThat(first.connection().toStringUtf8()).isEqualTo("friend");
        assertThat(d.receive(Duration.ofSeconds(1).toNanos())).isEmpty();
        // Trusted from now on, without a restart.
        Files.copy(others.resolve("trusted/stranger.pub"), keys.resolve("trusted/stranger.pub"));
        ZMQ.Socket known = Sockets.connecting(context, SocketType.DEALER);
        strangers.connect(known, d.commandEndpoint(), security.publicKey());
        known.send(hello().toByteArray());
        assertThat(((Inbound.Command) next(d)).command()).isEqualTo(hello());
    }

    @Test
    void shouldTryAPeerAgainThatDidNotTrustItsKeyYet(@TempDir Path keys, @TempDir Path others)
            throws Exception {
        new KeyFolder(keys).create("d");
        new KeyFolder(others).create("p");
        Files.copy(keys.resolve("trusted/d.pub"), others.resolve("trusted/d.pub"));
        EngineIo d = open("d", SocketSecurity.of(keys, "d"));
        EngineIo p = open("p", options(0, SocketSecurity.of(others, "p")).withPeerSilence(1_000));
        p.send(new Outbound.Peers(List.of(info("d", d, SocketSecurity.of(keys, "d")))));
        assertThat(p.receive(Duration.ofSeconds(1).toNanos())).isEmpty();
        Files.copy(others.resolve("trusted/p.pub"), keys.resolve("trusted/p.pub"));
        assertThat(next(p)).isInstanceOf(Inbound.PeerStatus.class);
        Optional<Inbound> asked = Optional.empty();
        for (int i = 0; i < 60 && asked.isEmpty(); i++) {
            p.send(new Outbound.ToPeer("d", reserve(), ByteBuffer.allocate(0)));
            asked = d.receive(Duration.ofMillis(500).toNanos());
        }
        assertThat(asked.map(command -> ((Inbound.Command) command).command().hasKvReserve()))
                .contains(true);
    }

    private void moveFrames(SocketSecurity prefill, SocketSecurity decode) throws Exception {
        EngineIo p = open("p", prefill);
        EngineIo d = open("d", decode);
        assertThat(p.frameCredits("d")).isZero();
        p.send(new Outbound.Peers(List.of(info("d", d, decode))));
        awaitCredits(p, PeerLink.MAX_WAITING_FRAMES);
        byte[] bytes = new byte[Wire.KV_FRAME_BYTES];
        Arrays.fill(bytes, (byte) 7);
        for (int i = 0; i < 40; i++) {
            awaitCredits(p, 1);
            p.send(new Outbound.ToPeer("d", frame(), ByteBuffer.wrap(bytes)));
        }
        Inbound.Command received = null;
        for (int i = 0; i < 40; i++) {
            received = (Inbound.Command) next(d);
            assertThat(received.payload()).isEqualTo(ByteBuffer.wrap(bytes));
        }
        // Its record says no version: an engine of the first one, and spoken to as such.
        assertThat(received.command().getVersion()).isEqualTo(1);
        awaitCredits(p, PeerLink.MAX_WAITING_FRAMES);
        d.send(new Outbound.Answer(received.connection(), hello()));
        Inbound answer = next(p);
        while (answer instanceof Inbound.PeerStatus) {
            answer = next(p);
        }
        assertThat(answer).isEqualTo(new Inbound.PeerAnswer("d", hello()));
    }

    @Test
    void shouldLeaveAPeerOutThatCannotBeConnectedTo() throws Exception {
        EngineIo p = open("p");
        EngineIo d = open("d");
        EngineInfo good = info("d", d).toBuilder().setWireVersion(Wire.VERSION).build();
        for (String endpoint : List.of("", "nowhere", "tcp://engine-7:x", "tcp://127.0.0.1")) {
            EngineInfo bad = info("bad", d).toBuilder().setCommandEndpoint(endpoint).build();
            p.send(new Outbound.Peers(List.of(bad, good)));
        }
        awaitCredits(p, PeerLink.MAX_WAITING_FRAMES);
        p.send(new Outbound.ToPeer("d", hello(), ByteBuffer.allocate(0)));
        assertThat(((Inbound.Command) next(d)).command()).isEqualTo(hello());
        assertThat(p.frameCredits("bad")).isZero();
    }

    @Test
    void shouldSayWhichPortIsInUse() {
        EngineIo first = open("e");
        int port =
                Integer.parseInt(
                        first.commandEndpoint()
                                .substring(first.commandEndpoint().lastIndexOf(':') + 1));
        assertThatThrownBy(() -> new EngineIo(options(port, SocketSecurity.NONE)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("command port")
                .hasMessageContaining(Integer.toString(port))
                .hasMessageContaining("in use");
    }

    private static IoOptions options(int commandPort, SocketSecurity security) {
        return IoOptions.on("127.0.0.1", commandPort, 0, security);
    }

    private EngineIo open(String id) {
        return open(id, SocketSecurity.NONE);
    }

    private EngineIo open(String id, SocketSecurity security) {
        return open(id, options(0, security));
    }

    private EngineIo open(String id, IoOptions options) {
        EngineIo io = new EngineIo(options);
        opened.add(io);
        io.start(
                id,
                EngineStatus.newBuilder().setEngineId(id).build(),
                new Progress(),
                failures::add);
        return io;
    }

    private ZMQ.Socket dealer(EngineIo io, String identity) {
        ZMQ.Socket dealer = Sockets.connecting(context, SocketType.DEALER);
        dealer.setIdentity(identity.getBytes());
        dealer.setReceiveTimeOut(20_000);
        dealer.connect(io.commandEndpoint());
        return dealer;
    }

    private static Inbound next(EngineIo io) throws InterruptedException {
        Optional<Inbound> message = io.receive(PATIENCE_NS);
        return message.orElseThrow(() -> new AssertionError("nothing came"));
    }

    private static void awaitCredits(EngineIo io, int least) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (io.frameCredits("d") < least) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            Thread.onSpinWait();
        }
    }

    private static EngineInfo info(String id, EngineIo io) {
        return EngineInfo.newBuilder()
                .setEngineId(id)
                .setIncarnation(id)
                .setCommandEndpoint(io.commandEndpoint())
                .setStatusEndpoint(io.statusEndpoint())
                .build();
    }

    private static EngineInfo info(String id, EngineIo io, SocketSecurity security) {
        return info(id, io).toBuilder().setCurvePublicKey(security.publicKey()).build();
    }

    private static EngineCommand hello() {
        return EngineCommand.newBuilder()
                .setVersion(Wire.VERSION)
                .setHello(Hello.newBuilder().setEpoch(3).addLanes(1))
                .build();
    }

    private static EngineCommand reserve() {
        return EngineCommand.newBuilder()
                .setVersion(Wire.VERSION)
                .setKvReserve(KvReserve.newBuilder().setTransferId(1))
                .build();
    }

    private static EngineCommand frame() {
        return EngineCommand.newBuilder()
                .setVersion(Wire.VERSION)
                .setKvFrame(KvFrame.newBuilder().setTransferId(1))
                .build();
    }
}
