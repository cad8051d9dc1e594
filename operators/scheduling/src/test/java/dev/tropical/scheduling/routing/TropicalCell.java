package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import java.util.function.UnaryOperator;

/**
 * A cell whose engines' statuses a test writes. Every engine's cost: 10 ms a step, 1 ms a prompt
 * token, 1 ms a decode; so a prompt of 90 tokens takes 100 ms alone.
 */
final class TropicalCell {
    static final long MS = 1_000_000;
    static final StepCost COST =
            StepCost.newBuilder().setA(0.010).setCPf(0.001).setC0(0.001).build();
    static final UnaryOperator<EngineStatus.Builder> NOTHING = status -> status;

    final CellView view = new CellView(Cells.CELL);
    private long statuses;

    /** A status of an engine that has nothing but what {@code fill} says; it joins if it must. */
    void status(String id, Role role, long atNs, UnaryOperator<EngineStatus.Builder> fill) {
        if (view.engine(id).isEmpty()) {
            view.onJoined(Cells.info(id, role));
        }
        EngineStatus.Builder status =
                Cells.status(id, role, ++statuses)
                        .setCost(COST)
                        .setMaxNumBatchedTokens(1_000)
                        .setMinSpareSlackNs(Long.MAX_VALUE);
        view.onStatus(fill.apply(status).build(), atNs);
    }

    void prefill(String id, UnaryOperator<EngineStatus.Builder> fill) {
        status(id, Role.PREFILL, 0, fill);
    }

    void decode(String id, UnaryOperator<EngineStatus.Builder> fill) {
        status(id, Role.DECODE, 0, fill);
    }

    /** A prefill engine that is busy for so long, with nothing waiting. */
    void busy(String id, long untilMs) {
        prefill(id, status -> status.setRunningPrefills(1).setPredictedPrefillEndNs(untilMs * MS));
    }

    /** A decode engine with one decode that has so much slack beyond its TPOT of 100 ms. */
    void decoding(String id, long spareMs) {
        decode(id, status -> resident(status, spareMs));
    }

    static EngineStatus.Builder resident(EngineStatus.Builder status, long spareMs) {
        return status.setRunningDecodes(1)
                .setDecodeContextTokens(50)
                .setResidentPromptTokens(40)
                .setExecutingTokens(50)
                .setMinSpareSlackNs(spareMs * MS)
                .setMinTpotSloNs(100 * MS);
    }

    static QueuedRequest request(String id, int promptTokens, long ttftMs) {
        return request(id, promptTokens, slo(ttftMs, 100));
    }

    static QueuedRequest request(String id, int promptTokens, Slo slo) {
        return new QueuedRequest(id, promptTokens, 1, 0, 0, 0, slo, 4L * promptTokens, "");
    }

    static Slo slo(long ttftMs, long tpotMs) {
        return Slo.newBuilder().setTtftNs(ttftMs * MS).setTpotNs(tpotMs * MS).build();
    }
}
