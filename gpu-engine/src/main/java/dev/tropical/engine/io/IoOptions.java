package dev.tropical.engine.io;

import dev.tropical.engine.bulk.BulkAddress;
import dev.tropical.sockets.SocketSecurity;
import java.util.Optional;

/**
 * Where the engine listens and how much it buffers.
 *
 * @param host the address that the sockets bind to and that peers connect to
 * @param commandPort TCP port of the ROUTER; 0 = any free one
 * @param statusPort TCP port of the PUB; 0 = any free one
 * @param heartbeatMs the longest time between two statuses; the job takes an engine for lost after
 *     0.7 s of silence, so that six may be missed
 * @param peerSilenceMs a peer that says nothing for so long is connected to anew: it may have
 *     refused this engine's key, which JeroMQ takes for final, and trust it by now
 * @param sendQueueMessages messages that a connection may fall behind before they are dropped: at
 *     20 steps a second, and one message a step, 4096 are three minutes
 * @param mailboxMessages messages between the I/O and the loop thread, each way
 * @param mailboxBytes bytes of KV frames between the two threads, each way: 64 MiB are 256 frames,
 *     about 30 ms of a loopback connection
 * @param security who may connect, and how peers are spoken to
 * @param bulk where KV frames go in clear text; empty = over the command sockets, like all else
 */
public record IoOptions(
        String host,
        int commandPort,
        int statusPort,
        int heartbeatMs,
        int peerSilenceMs,
        int sendQueueMessages,
        int mailboxMessages,
        long mailboxBytes,
        SocketSecurity security,
        Optional<BulkAddress> bulk) {

    public IoOptions {
        checkPort("commandPort", commandPort);
        checkPort("statusPort", statusPort);
        if (host.isBlank()) {
            throw new IllegalArgumentException("host: '" + host + "' (expected: an address)");
        }
        if (heartbeatMs < 1 || sendQueueMessages < 1 || mailboxMessages < 1 || mailboxBytes < 1) {
            throw new IllegalArgumentException(
                    "heartbeatMs "
                            + heartbeatMs
                            + ", sendQueueMessages "
                            + sendQueueMessages
                            + ", mailboxMessages "
                            + mailboxMessages
                            + ", mailboxBytes "
                            + mailboxBytes
                            + " (expected: all positive)");
        }
    }

    /** Ports on {@code host}, everything else at its default. */
    public static IoOptions on(
            String host, int commandPort, int statusPort, SocketSecurity security) {
        return new IoOptions(
                host,
                commandPort,
                statusPort,
                100,
                10_000,
                4096,
                16_384,
                64L << 20,
                security,
                Optional.empty());
    }

    /** The same, with a way of its own for KV frames. */
    public IoOptions withBulk(BulkAddress address) {
        return with(peerSilenceMs, Optional.of(address));
    }

    /** The same, with another patience for peers that say nothing. */
    public IoOptions withPeerSilence(int ms) {
        return with(ms, bulk);
    }

    private IoOptions with(int newPeerSilenceMs, Optional<BulkAddress> newBulk) {
        return new IoOptions(
                host,
                commandPort,
                statusPort,
                heartbeatMs,
                newPeerSilenceMs,
                sendQueueMessages,
                mailboxMessages,
                mailboxBytes,
                security,
                newBulk);
    }

    private static void checkPort(String name, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(name + ": " + port + " (expected: 0 to 65535)");
        }
    }
}
