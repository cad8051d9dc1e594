package dev.tropical.flink.dispatch;

import dev.tropical.protocol.FinishWord;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.TokenEvent;

/** A choice's progress as the engines would say it that made it. */
final class Progress {
    private static final int NO_STOP_TOKEN = -1;

    private Progress() {}

    /** All of it in one event: given to a new stream, it leads to where the old one was. */
    static TokenEvent toEvent(ChoiceProgress progress, AdmittedRequest request) {
        FinishReason finish = finish(progress, request);
        boolean hasStopToken = finish == FinishReason.STOP && !progress.getStopReason().isEmpty();
        return TokenEvent.newBuilder()
                .addAllTokenIds(progress.getGeneratedTokenIdsList())
                .addAllLogprobs(progress.getGeneratedLogprobsList())
                .setFinish(finish)
                .setStopTokenId(
                        hasStopToken ? Integer.parseInt(progress.getStopReason()) : NO_STOP_TOKEN)
                .build();
    }

    private static FinishReason finish(ChoiceProgress progress, AdmittedRequest request) {
        String reason = progress.getFinishReason();
        if (reason.equals(FinishWord.LENGTH.word())) {
            return FinishReason.LENGTH;
        }
        // Engines know nothing of stop strings: the text finds its own again.
        boolean isEndedByText = request.getStopList().contains(progress.getStopReason());
        return reason.equals(FinishWord.STOP.word()) && !isEndedByText
                ? FinishReason.STOP
                : FinishReason.NOT_FINISHED;
    }
}
