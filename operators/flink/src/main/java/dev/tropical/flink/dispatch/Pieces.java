package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.TokenEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what comes at once after a recovery, a choice's whole answer maybe, into what one record of
 * the completions topic can hold.
 */
final class Pieces {
    /**
     * A token with twenty alternatives is some 2 KiB of JSON, so that a record of as many stays
     * eight times below what the topic takes.
     */
    static final int MAX_TOKENS = 1_024;

    private Pieces() {}

    /** The same tokens in the same order; the last piece has the finish. */
    static List<TokenEvent> of(TokenEvent event) {
        int count = event.getTokenIdsCount();
        if (count <= MAX_TOKENS) {
            return List.of(event);
        }
        List<TokenEvent> pieces = new ArrayList<>();
        for (int from = 0; from < count; from += MAX_TOKENS) {
            pieces.add(piece(event, from, Math.min(count, from + MAX_TOKENS)));
        }
        return pieces;
    }

    private static TokenEvent piece(TokenEvent event, int from, int to) {
        TokenEvent.Builder piece =
                event.toBuilder()
                        .setOffset(event.getOffset() + from)
                        .clearTokenIds()
                        .addAllTokenIds(event.getTokenIdsList().subList(from, to));
        if (event.getLogprobsCount() > 0) {
            piece.clearLogprobs().addAllLogprobs(event.getLogprobsList().subList(from, to));
        }
        if (to < event.getTokenIdsCount()) {
            piece.setFinish(FinishReason.NOT_FINISHED);
        }
        return piece.build();
    }
}
