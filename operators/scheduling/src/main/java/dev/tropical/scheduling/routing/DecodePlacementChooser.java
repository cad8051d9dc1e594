package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * A prefill engine's choice of the decode engine: fewest resident prompt tokens; engines above the
 * watermark or with a prefill under way come last. Named apart from the wire's DecodePlacement.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class DecodePlacementChooser {
    /**
     * @param watermark fraction of an engine's blocks in use above which it comes last, in (0, 1]
     */
    public DecodePlacementChooser(double watermark) {
        throw new UnsupportedOperationException("" + watermark);
    }

    /**
     * @param selfId the asking engine, never chosen
     * @param peers the newest status of each live peer
     * @param refused engines that have refused this sequence since their last status
     * @param blocks what the sequence needs: engines with a smaller pool are no candidates
     */
    public Optional<String> choose(
            String selfId, Collection<EngineStatus> peers, Set<String> refused, int blocks) {
        throw new UnsupportedOperationException();
    }
}
