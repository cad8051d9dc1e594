package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.StepCost;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Gives a cell's engines to the role that is short, one at a time. Ask it a few times a second.
 *
 * <ul>
 *   <li>Prefill is short when the cell's oldest request has been queued for the sustained time: in
 *       mode tropical that means that no prefill engine would be in time and no decode engine had
 *       slack. The decode engine with the fewest executing tokens becomes a prefill engine, if the
 *       iterations of those that are left keep decodes well within their objectives.
 *   <li>Decode is short when nothing is queued and the mean decode iteration has taken nearly all
 *       of the strictest TPOT objective for the sustained time: decodes save up no slack then. An
 *       idle prefill engine becomes a decode engine.
 * </ul>
 *
 * <p>Each role keeps one engine at least, and a cell rests for the dwell time after a switch. What
 * an engine holds stays with it. One writer; the clock is passed in.
 */
public final class RoleRule {
    private static final long NEVER = Long.MIN_VALUE;

    /**
     * What is to be done.
     *
     * @param engineId of the engine
     * @param role its next one
     */
    public record Switch(String engineId, Role role) {}

    private final RoleSwitching options;
    private final StepCost profile;
    private long switchedAtNs = NEVER;
    private long decodeShortSinceNs = NEVER;
    private long switches;

    /**
     * @param profile cost of engines that have not measured any yet
     */
    public RoleRule(RoleSwitching options, StepCost profile) {
        this.options = options;
        this.profile = profile;
    }

    /** The switch that is due now, if any; it counts as done when it is returned. */
    public Optional<Switch> next(CellQueue queue, CellView cell, long nowNs) {
        if (!options.isEnabled()) {
            return Optional.empty();
        }
        List<EngineView> prefill = ready(cell, Role.PREFILL, nowNs);
        List<EngineView> decode = ready(cell, Role.DECODE, nowNs);
        double share = meanIterationShare(decode);
        boolean isDecodeFull = queue.size() == 0 && share > options.fullShare();
        decodeShortSinceNs =
                !isDecodeFull ? NEVER : decodeShortSinceNs == NEVER ? nowNs : decodeShortSinceNs;
        if (switchedAtNs != NEVER && nowNs - switchedAtNs < options.dwellNs()) {
            return Optional.empty();
        }
        if (isPrefillShort(queue, nowNs) && canSpareDecode(decode, share)) {
            return switched(fewestTokens(decode), Role.PREFILL, nowNs);
        }
        boolean isDecodeShort =
                decodeShortSinceNs != NEVER && nowNs - decodeShortSinceNs >= options.sustainNs();
        List<EngineView> idle = prefill.stream().filter(PrefillRules::isIdle).toList();
        if (isDecodeShort && prefill.size() > 1 && !idle.isEmpty()) {
            return switched(fewestTokens(idle), Role.DECODE, nowNs);
        }
        return Optional.empty();
    }

    private boolean isPrefillShort(CellQueue queue, long nowNs) {
        return queue.size() > 0 && nowNs - queue.oldestArrivalNs() >= options.sustainNs();
    }

    /** The decodes to come would spread over one engine fewer. */
    private boolean canSpareDecode(List<EngineView> decode, double share) {
        int left = decode.size() - 1;
        return left > 0 && share * decode.size() / left <= options.spareShare();
    }

    private Optional<Switch> switched(EngineView engine, Role role, long nowNs) {
        switchedAtNs = nowNs;
        decodeShortSinceNs = NEVER;
        switches++;
        return Optional.of(new Switch(engine.engineId(), role));
    }

    /** Predicted decode iteration over the strictest TPOT objective beside it; 0 of no decodes. */
    private double meanIterationShare(List<EngineView> decode) {
        return decode.stream().mapToDouble(this::iterationShare).average().orElse(0);
    }

    private double iterationShare(EngineView engine) {
        EngineStatus status = engine.status();
        return status.getMinTpotSloNs() == 0
                ? 0
                : (double) new PrefillPrediction(engine, profile).iterationNs()
                        / status.getMinTpotSloNs();
    }

    private static List<EngineView> ready(CellView cell, Role role, long nowNs) {
        return cell.engines().stream()
                .filter(engine -> engine.role() == role && engine.isReady(nowNs))
                .toList();
    }

    private static EngineView fewestTokens(List<EngineView> engines) {
        return Collections.min(engines, Comparator.comparingLong(EngineView::executingTokens));
    }

    /** Switches since the start: a metric. */
    public long switches() {
        return switches;
    }
}
