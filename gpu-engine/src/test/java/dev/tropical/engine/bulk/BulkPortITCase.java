package dev.tropical.engine.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over loopback. Deadlines follow a clock of the test's own. */
class BulkPortITCase {
    private static final Duration CONNECTING = Duration.ofSeconds(1);
    private static final Duration STALLING = Duration.ofSeconds(5);
    private static final long PATIENCE_NS = Duration.ofSeconds(30).toNanos();
    private static final int PATIENCE_MS = 30_000;

    private record Frame(int block, int offset, ByteBuffer bytes) {}

    private final BulkPort port = BulkPort.open(new BulkAddress("127.0.0.1", 0));
    private final List<Frame> frames = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private long nowNs;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        port.close();
    }

    @Test
    void shouldBringFramesAsTheyWereSent() throws Exception {
        BulkReceiver receiver = expect();
        BulkSender sender = connect(receiver.token());
        List<Frame> sent = new ArrayList<>();
        Random random = new Random(7);
        for (int length : List.of(Wire.KV_FRAME_BYTES, 1, 4096, Wire.KV_FRAME_BYTES)) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            sent.add(new Frame(random.nextInt(9), random.nextInt(99), ByteBuffer.wrap(bytes)));
        }
        for (Frame frame : sent) {
            await(sender, sender::isFree);
            sender.send(frame.block(), frame.offset(), frame.bytes().duplicate(), nowNs);
        }
        await(sender, sender::isFree);
        assertThat(receiver.isOver()).isFalse();
        sender.close();
        await(receiver::isOver);
        assertThat(frames).isEqualTo(sent);
    }

    @Test
    void shouldDropWhoDoesNotKnowAToken() throws Exception {
        expect();
        Socket stranger = say(new byte[BulkFormat.TOKEN_BYTES]);
        assertThat(isDropped(stranger)).isTrue();
        assertThat(frames).isEmpty();
    }

    @Test
    void shouldTakeATokenOnce() throws Exception {
        BulkReceiver receiver = expect();
        BulkSender first = connect(receiver.token());
        await(first, first::isFree);
        assertThat(isDropped(say(receiver.token()))).isTrue();
        first.send(3, 0, ByteBuffer.wrap(new byte[5]), nowNs);
        await(() -> frames.size() == 1);
        first.close();
        await(receiver::isOver);
        assertThat(isDropped(say(receiver.token()))).isTrue();
    }

    @Test
    void shouldTakeNoTokenOfATransferThatIsOver() throws Exception {
        BulkReceiver receiver = expect();
        receiver.close();
        assertThat(isDropped(say(receiver.token()))).isTrue();
    }

    @Test
    void shouldHearNothingMoreOfATransferThatIsOver() throws Exception {
        BulkReceiver receiver = expect();
        BulkSender sender = connect(receiver.token());
        await(sender, sender::isFree);
        receiver.close();
        await(sender, () -> sender.failure() != null);
        assertThat(sender.failure()).contains("closed");
        assertThat(sender.isUnreachable()).isFalse();
    }

    @Test
    void shouldCloseOnFramesOfOtherSizes() throws Exception {
        for (int length : new int[] {0, -1, Wire.KV_FRAME_BYTES + 1, Integer.MAX_VALUE}) {
            BulkReceiver receiver = expect();
            ByteBuffer hostile = ByteBuffer.allocate(BulkFormat.TOKEN_BYTES + 12 + 100);
            hostile.put(receiver.token()).putInt(0).putInt(0).putInt(length);
            say(hostile.array());
            await(receiver::isOver);
        }
        assertThat(frames).isEmpty();
    }

    @Test
    void shouldNotWaitForEverForAToken() throws Exception {
        expect();
        Socket silent = say(new byte[0]);
        Socket slow = say(new byte[BulkFormat.TOKEN_BYTES - 1]);
        port.turn(nowNs);
        nowNs += Duration.ofSeconds(3).toNanos();
        assertThat(isDropped(silent)).isTrue();
        assertThat(isDropped(slow)).isTrue();
    }

    @Test
    void shouldLetASenderInWhateverElseConnects() throws Exception {
        BulkReceiver receiver = expect();
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            silent.add(say(new byte[0]));
            port.turn(nowNs);
        }
        BulkSender sender = connect(receiver.token());
        await(sender, sender::isFree);
        // The oldest have made room.
        assertThat(isDropped(silent.get(0))).isTrue();
    }

    @Test
    void shouldSayWhenNobodyIsThere() throws Exception {
        try (BulkPort gone = BulkPort.open(new BulkAddress("127.0.0.1", 0))) {
            gone.close();
            BulkSender sender = connect(gone, new byte[BulkFormat.TOKEN_BYTES]);
            await(sender, () -> sender.failure() != null);
            assertThat(sender.isUnreachable()).isTrue();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("cannot connect");
        }
    }

    @Test
    void shouldSendNothingToWhoeverDoesNotWelcomeTheToken() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            BulkSender sender =
                    port.connect(
                            new byte[] {127, 0, 0, 1},
                            other.getLocalPort(),
                            new byte[BulkFormat.TOKEN_BYTES],
                            CONNECTING,
                            STALLING,
                            nowNs);
            Socket accepted = other.accept();
            opened.add(accepted);
            accepted.setSoTimeout(PATIENCE_MS);
            assertThat(readAll(accepted, sender, BulkFormat.TOKEN_BYTES)).isTrue();
            assertThat(sender.isFree()).isFalse();
            nowNs += CONNECTING.toNanos();
            sender.turn(nowNs);
            assertThat(sender.failure()).contains("in time");
            assertThat(sender.isUnreachable()).isTrue();
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void shouldGiveAReceiverUpThatDoesNotRead() throws Exception {
        BulkReceiver receiver = expect();
        BulkSender sender = connect(receiver.token());
        await(sender, sender::isFree);
        byte[] bytes = new byte[Wire.KV_FRAME_BYTES];
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (sender.isFree()) { // until the kernel's buffers are full
            sender.send(0, 0, ByteBuffer.wrap(bytes), nowNs);
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
        }
        while (sender.failure() == null) {
            nowNs += STALLING.toNanos();
            sender.turn(nowNs);
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
        }
        assertThat(sender.failure()).contains("no byte left in time");
        assertThat(sender.isUnreachable()).isTrue();
    }

    @Test
    void shouldBindOneAddressOfThisMachine() {
        for (String host : List.of("0.0.0.0", "::", "192.0.2.7", "no.such.host.invalid")) {
            assertThatThrownBy(() -> BulkPort.open(new BulkAddress(host, 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("kv-host")
                    .hasMessageContaining("address of this machine");
        }
        assertThatThrownBy(() -> BulkPort.open(new BulkAddress("127.0.0.1", port.port())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(Integer.toString(port.port()));
    }

    private BulkReceiver expect() {
        return port.expect(
                (block, offset, bytes) -> {
                    byte[] copy = new byte[bytes.remaining()];
                    bytes.get(copy);
                    frames.add(new Frame(block, offset, ByteBuffer.wrap(copy)));
                },
                nowNs);
    }

    private BulkSender connect(byte[] token) throws IOException {
        return connect(port, token);
    }

    private BulkSender connect(BulkPort to, byte[] token) throws IOException {
        BulkSender sender =
                port.connect(to.address(), to.port(), token, CONNECTING, STALLING, nowNs);
        opened.add(sender::close);
        return sender;
    }

    private Socket say(byte[] bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getByAddress(port.address()), port.port());
        opened.add(socket);
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        return socket;
    }

    /** Whether the port ends the connection without a word. */
    private boolean isDropped(Socket socket) throws Exception {
        socket.setSoTimeout(1);
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() < deadlineNs) {
            port.turn(nowNs);
            try {
                return socket.getInputStream().read() < 0;
            } catch (java.net.SocketTimeoutException e) {
                // Not yet.
            } catch (IOException e) {
                return true; // reset: what it said had not been read
            }
        }
        return false;
    }

    private static boolean readAll(Socket from, BulkSender sender, int count) throws IOException {
        byte[] bytes = new byte[count];
        from.setSoTimeout(1);
        int read = 0;
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (read < count && System.nanoTime() < deadlineNs) {
            sender.turn(0);
            try {
                read += from.getInputStream().read(bytes, read, count - read);
            } catch (java.net.SocketTimeoutException e) {
                // Not yet.
            }
        }
        from.setSoTimeout(PATIENCE_MS);
        return read == count && Arrays.equals(bytes, new byte[count]);
    }

    private void await(BulkSender sender, BooleanSupplier condition) {
        await(
                () -> {
                    sender.turn(nowNs);
                    return condition.getAsBoolean();
                });
    }

    private void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            port.turn(nowNs);
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            Thread.onSpinWait();
        }
    }
}
