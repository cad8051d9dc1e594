package dev.tropical.scheduling.routing;

import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.DecodePlacement;
import java.util.Objects;

/** A policy's answer for the queue's head. */
public sealed interface RouteDecision {
    /**
     * Send it.
     *
     * @param engineId to whom
     * @param placement where it decodes
     * @param rule which of the policy's rules said so, for logs and metrics
     */
    record Dispatch(String engineId, DecodePlacement placement, String rule)
            implements RouteDecision {
        public Dispatch {
            Objects.requireNonNull(engineId, "engineId");
            if (placement == DecodePlacement.DECODE_UNSPECIFIED
                    || placement == DecodePlacement.UNRECOGNIZED) {
                throw new IllegalArgumentException(
                        "placement: " + placement + " (expected: one that says where)");
            }
        }
    }

    /**
     * It waits; the head is looked at again on every arrival, status and membership change.
     *
     * @param recheckAtNs look again at this time at the latest; {@code Long.MAX_VALUE} = on events
     *     only
     */
    record Hold(long recheckAtNs) implements RouteDecision {
        /** Looked at again on events only. */
        public static final Hold UNTIL_EVENT = new Hold(Long.MAX_VALUE);
    }

    /** End it with an error. */
    record Reject(ErrorCode code, String message) implements RouteDecision {
        public Reject {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }
    }
}
