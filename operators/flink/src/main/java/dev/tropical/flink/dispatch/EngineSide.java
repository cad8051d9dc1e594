package dev.tropical.flink.dispatch;

/** Which engine holds a choice, as its lane last heard. Readers see nothing of it. */
final class EngineSide {
    private String holder = "";
    private boolean isConfirmed;
    private long heardAtMs;
    private long attachedAtMs;
    private int movesUnheard;
    private int ackedTokens;

    /** The engine's id; empty when none has it. */
    String holder() {
        return holder;
    }

    boolean isHeldBy(String engineId) {
        return holder.equals(engineId);
    }

    /** Whether the holder has been heard of since the lane opened. */
    boolean isConfirmed() {
        return isConfirmed;
    }

    long heardAtMs() {
        return heardAtMs;
    }

    long attachedAtMs() {
        return attachedAtMs;
    }

    /** It is said to be at that engine, which has not spoken itself. */
    void heldBy(String engineId) {
        holder = engineId;
    }

    /** An engine has handed it to that one. */
    void movedTo(String engineId) {
        holder = engineId;
        movesUnheard++;
    }

    /** Moves since its last token, or since it was submitted. */
    int movesUnheard() {
        return movesUnheard;
    }

    /** That engine has spoken of it, or was given it. */
    void heard(String engineId, long nowMs) {
        holder = engineId;
        isConfirmed = true;
        heardAtMs = nowMs;
        movesUnheard = 0;
    }

    /** Its holder must be heard of again. */
    void unconfirm() {
        isConfirmed = false;
    }

    /** The holder was asked to send what is missing. */
    void attached(long nowMs) {
        attachedAtMs = nowMs;
    }

    int ackedTokens() {
        return ackedTokens;
    }

    /** The holder is told that so many tokens are durable. */
    void acked(int tokens) {
        ackedTokens = tokens;
    }
}
