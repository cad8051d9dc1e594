package dev.tropical.flink.route;

import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.CancelRequest;
import dev.tropical.protocol.wire.Dispatch;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RequestError;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.RoleSwitch;
import dev.tropical.protocol.wire.RouteInput;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.scheduling.routing.RoleRule;
import dev.tropical.scheduling.routing.RouteDecision;

/** What the router tells the lanes. */
final class LaneInputs {
    private LaneInputs() {}

    /**
     * @param slo with the defaults that the policy filled in: engines count slack by it
     */
    static LaneInput dispatch(
            RouteInput queued, Slo slo, long seq, RouteDecision.Dispatch decision) {
        AdmittedRequest request = request(queued).toBuilder().setSlo(slo).build();
        return dispatch(
                queued,
                Dispatch.newBuilder()
                        .setRequest(request)
                        .setEngineId(decision.engineId())
                        .setSeq(seq)
                        .setPlacement(decision.placement()));
    }

    /**
     * Its lane sends it to another cell, as it does with what loses its engine: so the lane knows
     * of it on the way, and a cancel finds it.
     */
    static LaneInput handOver(RouteInput queued, int toCell, int count) {
        AdmittedRequest request = request(queued).toBuilder().setCell(toCell).build();
        return dispatch(queued, Dispatch.newBuilder().setRequest(request).setHandOvers(count));
    }

    private static LaneInput dispatch(RouteInput queued, Dispatch.Builder dispatch) {
        if (queued.hasRetry()) {
            Retry retry = queued.getRetry();
            dispatch.setAttempt(retry.getAttempt())
                    .addAllProgress(retry.getProgressList())
                    .setFirstTokenAtMs(retry.getFirstTokenAtMs())
                    .addAllLostAttempts(retry.getLostAttemptsList());
        }
        int lane = request(queued).getLane();
        return LaneInput.newBuilder().setLane(lane).setDispatch(dispatch).build();
    }

    static LaneInput ending(RouteInput queued, ErrorCode code, String message) {
        AdmittedRequest request = request(queued);
        return LaneInput.newBuilder()
                .setLane(request.getLane())
                .setError(
                        RequestError.newBuilder()
                                .setId(request.getId())
                                .setLane(request.getLane())
                                .setAttempt(attempt(queued))
                                .setCode(code.code())
                                .setMessage(message)
                                .setTerminal(true)
                                .setFirstBodySha256(request.getBodySha256()))
                .build();
    }

    /** Each cell has a lane of its own for it, so that the switches of one keep their order. */
    static LaneInput roleSwitch(int cell, RoleRule.Switch change) {
        return LaneInput.newBuilder()
                .setLane(cell)
                .setRoleSwitch(
                        RoleSwitch.newBuilder()
                                .setEngineId(change.engineId())
                                .setRole(change.role()))
                .build();
    }

    static LaneInput cancel(CancelRequest cancel) {
        return LaneInput.newBuilder().setLane(cancel.getLane()).setCancel(cancel).build();
    }

    /** The request of a queued input, new or lost by its engine. */
    static AdmittedRequest request(RouteInput queued) {
        return queued.hasRetry() ? queued.getRetry().getRequest() : queued.getRequest();
    }

    static int attempt(RouteInput queued) {
        return queued.hasRetry() ? queued.getRetry().getAttempt() : 0;
    }
}
