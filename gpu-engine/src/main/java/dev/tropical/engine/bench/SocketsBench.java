package dev.tropical.engine.bench;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkAddress;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.bulk.BulkReceiver;
import dev.tropical.engine.bulk.BulkSender;
import dev.tropical.engine.io.EngineIo;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.IoOptions;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.io.Progress;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvFrame;
import dev.tropical.sockets.KeyFolder;
import dev.tropical.sockets.SocketSecurity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What CURVE costs between two engines' sockets on this host: the round trip of a small command and
 * its answer, and the rate of a migration's frames, in clear text and with keys; and the frames'
 * rate over a connection of their own.
 */
public final class SocketsBench {
    private static final int ROUND_TRIPS = 4_000;
    private static final int FRAMES = 400; // 100 MiB
    private static final String PEER = "d";
    private static final Duration BULK_TIMEOUT = Duration.ofSeconds(5);

    private final EngineIo from;
    private final EngineIo to;

    private SocketsBench(EngineIo from, EngineIo to) {
        this.from = from;
        this.to = to;
    }

    public static void main(String[] args) throws Exception {
        Path keys = Files.createTempDirectory("sockets-bench");
        new KeyFolder(keys).create(KeyFolder.ENGINE);
        measure("clear", SocketSecurity.NONE, SocketSecurity.NONE);
        measure(
                "curve",
                SocketSecurity.of(keys, KeyFolder.ENGINE),
                SocketSecurity.of(keys, KeyFolder.ENGINE));
        deleteAll(keys);
        bulk(); // warms up
        result("sockets.bulk.frames.mb_per_s", bulk());
    }

    private static void measure(String name, SocketSecurity ours, SocketSecurity theirs)
            throws InterruptedException {
        try (EngineIo from = open("p", ours);
                EngineIo to = open(PEER, theirs)) {
            EngineInfo peer =
                    EngineInfo.newBuilder()
                            .setEngineId(PEER)
                            .setIncarnation(PEER)
                            .setCommandEndpoint(to.commandEndpoint())
                            .setStatusEndpoint(to.statusEndpoint())
                            .setCurvePublicKey(theirs.publicKey())
                            .build();
            from.send(new Outbound.Peers(List.of(peer)));
            SocketsBench bench = new SocketsBench(from, to);
            bench.roundTrips(); // warms up
            double[] micros = bench.roundTrips();
            result("sockets." + name + ".round_trip.p50.us", micros[ROUND_TRIPS / 2]);
            result("sockets." + name + ".round_trip.p99.us", micros[ROUND_TRIPS * 99 / 100]);
            bench.frames();
            result("sockets." + name + ".frames.mb_per_s", bench.frames());
        }
    }

    private static EngineIo open(String id, SocketSecurity security) {
        EngineIo io = new EngineIo(IoOptions.on("127.0.0.1", 0, 0, security));
        EngineStatus status = EngineStatus.newBuilder().setEngineId(id).build();
        io.start(id, status, new Progress(), Throwable::printStackTrace);
        return io;
    }

    /** Microseconds of each, ascending. */
    private double[] roundTrips() throws InterruptedException {
        EngineCommand small = command().setKvCommit(KvCommit.newBuilder().setTransferId(1)).build();
        double[] micros = new double[ROUND_TRIPS];
        for (int i = 0; i < ROUND_TRIPS; i++) {
            long startNs = System.nanoTime();
            from.send(new Outbound.ToPeer(PEER, small, ByteBuffer.allocate(0)));
            ByteString connection = ((Inbound.Command) next(to)).connection();
            to.send(new Outbound.Answer(connection, small));
            Inbound answer = next(from);
            while (!(answer instanceof Inbound.PeerAnswer)) {
                answer = next(from);
            }
            micros[i] = (System.nanoTime() - startNs) / 1e3;
        }
        Arrays.sort(micros);
        return micros;
    }

    /** MB a second. */
    private double frames() throws InterruptedException {
        byte[] bytes = new byte[Wire.KV_FRAME_BYTES];
        new Random(1).nextBytes(bytes);
        EngineCommand frame = command().setKvFrame(KvFrame.newBuilder().setTransferId(1)).build();
        long startNs = System.nanoTime();
        int sent = 0;
        for (int received = 0; received < FRAMES; ) {
            while (sent < FRAMES && from.frameCredits(PEER) > 0) {
                from.send(new Outbound.ToPeer(PEER, frame, ByteBuffer.wrap(bytes)));
                sent++;
            }
            if (to.receive(1_000_000).isPresent()) {
                received++;
            }
        }
        return rate(FRAMES, startNs);
    }

    /** MB a second, with the two engines' loops in one thread. */
    private static double bulk() throws IOException {
        BulkAddress host = new BulkAddress("127.0.0.1", 0);
        int[] received = new int[1];
        try (BulkPort from = BulkPort.open(host);
                BulkPort to = BulkPort.open(host)) {
            long startNs = System.nanoTime();
            BulkReceiver receiver =
                    to.expect((block, offset, bytes) -> received[0]++, System.nanoTime());
            BulkSender sender =
                    from.connect(
                            to.address(),
                            to.port(),
                            receiver.token(),
                            BULK_TIMEOUT,
                            BULK_TIMEOUT,
                            startNs);
            int sent = 0;
            while (received[0] < FRAMES && !receiver.isOver() && sender.failure() == null) {
                long nowNs = System.nanoTime();
                sender.turn(nowNs);
                while (sent < FRAMES && sender.isFree()) {
                    sender.send(0, 0, ByteBuffer.allocate(Wire.KV_FRAME_BYTES), nowNs);
                    sent++;
                }
                to.turn(nowNs);
            }
            sender.close();
            return rate(received[0], startNs);
        }
    }

    private static double rate(int frames, long startNs) {
        return frames * (double) Wire.KV_FRAME_BYTES / 1e6 / ((System.nanoTime() - startNs) / 1e9);
    }

    private static EngineCommand.Builder command() {
        return EngineCommand.newBuilder().setVersion(Wire.VERSION);
    }

    private static Inbound next(EngineIo io) throws InterruptedException {
        return io.receive(30_000_000_000L)
                .orElseThrow(() -> new IllegalStateException("nothing came within 30 s"));
    }

    private static void result(String key, double value) {
        System.out.printf(Locale.ROOT, "RESULT %s=%.1f%n", key, value);
    }

    private static void deleteAll(Path keys) throws IOException {
        for (String file : new String[] {"trusted/engine.pub", "trusted", "engine.key", ""}) {
            Files.delete(keys.resolve(file));
        }
    }
}
