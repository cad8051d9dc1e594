package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/**
 * A prefill engine's choice of the decode engine for a prompt: the one with the fewest resident
 * prompt tokens; those above the watermark or with a prefill under way come last. Pure; belongs to
 * no thread.
 */
public final class DecodePlacementChooser {
    private final double watermark;

    /**
     * @param watermark fraction of an engine's blocks in use above which it comes last, in (0, 1]
     */
    public DecodePlacementChooser(double watermark) {
        if (!(watermark > 0 && watermark <= 1)) {
            throw new IllegalArgumentException(
                    "watermark: " + watermark + " (expected: in (0, 1])");
        }
        this.watermark = watermark;
    }

    /**
     * @param selfId the asking engine, never chosen
     * @param peers the newest status of each live peer; only ready decode engines are candidates
     * @param refused engines that have refused this sequence since their last status
     * @param blocks what the sequence needs: engines with a smaller pool are no candidates
     */
    public Optional<String> choose(
            String selfId, Collection<EngineStatus> peers, Set<String> refused, int blocks) {
        return peers.stream()
                .filter(peer -> peer.getReady() && peer.getRole() == Role.DECODE)
                .filter(peer -> !peer.getEngineId().equals(selfId))
                .filter(peer -> !refused.contains(peer.getEngineId()))
                .filter(peer -> peer.getBlocksTotal() >= blocks)
                .min(
                        Comparator.comparing((EngineStatus peer) -> isLast(peer, blocks))
                                .thenComparingLong(EngineStatus::getResidentPromptTokens)
                                .thenComparing(EngineStatus::getEngineId))
                .map(EngineStatus::getEngineId);
    }

    private boolean isLast(EngineStatus peer, int blocks) {
        int used = peer.getBlocksTotal() - peer.getBlocksFree() + blocks;
        return peer.getRunningPrefills() > 0 || used > watermark * peer.getBlocksTotal();
    }
}
