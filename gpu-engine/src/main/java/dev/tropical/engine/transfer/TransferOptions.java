package dev.tropical.engine.transfer;

import java.time.Duration;

/**
 * Deadlines of a migration, and how much of one turn of the loop it may take.
 *
 * @param reserveTimeout how long a peer may take to answer a reservation before the next one is
 *     asked
 * @param renewInterval how often a reservation is renewed while the prefill runs; less than half of
 *     {@code idleTimeout}
 * @param idleTimeout how long either side waits for the other's next message before it gives the
 *     transfer up and frees what it holds
 * @param parkedTimeout how long a prefilled sequence waits for a decode engine before it is refused
 *     to its lane
 * @param offerPause how long a refusal counts: statuses come up to 200 times a second, and a full
 *     engine has little to say to as many offers
 * @param linkPause how long frames are sent to a peer to which no link between the devices could be
 *     opened, or whose link broke, before another is tried
 * @param peerTimeout age of a peer's status at which the peer counts as dead
 * @param peerWatermark fraction of a decode engine's blocks in use above which it is chosen last,
 *     so that its residents' growth does not preempt anything
 * @param maxFramesPerTurn frames sent between two looks at the running step: 8 x 256 KiB are copied
 *     in well under a millisecond
 */
public record TransferOptions(
        Duration reserveTimeout,
        Duration renewInterval,
        Duration idleTimeout,
        Duration parkedTimeout,
        Duration offerPause,
        Duration linkPause,
        Duration peerTimeout,
        double peerWatermark,
        int maxFramesPerTurn) {

    /** What a deployment uses unless told otherwise. */
    public static final TransferOptions DEFAULT =
            new TransferOptions(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofMillis(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(1),
                    0.9,
                    8);

    /**
     * The default with other deadlines; reservations are renewed five times within the idle one.
     */
    public static TransferOptions within(Duration idle, Duration parked) {
        return new TransferOptions(
                DEFAULT.reserveTimeout(),
                idle.dividedBy(5),
                idle,
                parked,
                DEFAULT.offerPause(),
                DEFAULT.linkPause(),
                DEFAULT.peerTimeout(),
                DEFAULT.peerWatermark(),
                DEFAULT.maxFramesPerTurn());
    }

    public TransferOptions {
        positive("reserveTimeout", reserveTimeout);
        positive("renewInterval", renewInterval);
        positive("idleTimeout", idleTimeout);
        positive("parkedTimeout", parkedTimeout);
        positive("offerPause", offerPause);
        positive("linkPause", linkPause);
        positive("peerTimeout", peerTimeout);
        if (renewInterval.multipliedBy(2).compareTo(idleTimeout) > 0) {
            throw new IllegalArgumentException(
                    "renewInterval: "
                            + renewInterval
                            + " (expected: at most half of idleTimeout "
                            + idleTimeout
                            + ")");
        }
        if (maxFramesPerTurn < 1) {
            throw new IllegalArgumentException(
                    "maxFramesPerTurn: " + maxFramesPerTurn + " (expected: at least 1)");
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
    }
}
