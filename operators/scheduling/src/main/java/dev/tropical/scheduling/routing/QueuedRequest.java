package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.ChoiceProgress;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Slo;
import java.util.Objects;

/**
 * What routing needs to know of a request; the caller keeps the request itself under the id.
 *
 * @param id the request's id; one entry a queue
 * @param promptTokens of one choice
 * @param choices unfinished ones, at least 1: each is a sequence on the engine
 * @param generatedTokens by earlier attempts, over all unfinished choices; computed again with the
 *     prompt
 * @param attempt 0 for a new request; a retry goes before all new ones and never times out
 * @param arrivedNs when the broker took it
 * @param slo with the defaults filled in
 * @param bytes what it counts against the queue's bound: 4 a token
 * @param lostEngineId of a retry: the engine that it was lost with; empty if none
 */
public record QueuedRequest(
        String id,
        int promptTokens,
        int choices,
        long generatedTokens,
        int attempt,
        long arrivedNs,
        Slo slo,
        long bytes,
        String lostEngineId) {
    private static final long NS_PER_MS = 1_000_000;

    public QueuedRequest {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(slo, "slo");
        Objects.requireNonNull(lostEngineId, "lostEngineId");
        if (promptTokens < 1 || choices < 1 || generatedTokens < 0 || attempt < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    id
                            + ": promptTokens "
                            + promptTokens
                            + ", choices "
                            + choices
                            + ", generatedTokens "
                            + generatedTokens
                            + ", attempt "
                            + attempt
                            + ", bytes "
                            + bytes
                            + " (expected: >= 1, >= 1, >= 0, >= 0, >= 0)");
        }
    }

    /** A new request. */
    public static QueuedRequest of(AdmittedRequest request) {
        return of(request, Math.max(1, request.getN()), 0, 0, "");
    }

    /** A request that lost its engine, or whose cell had none for it. */
    public static QueuedRequest of(Retry retry) {
        int finished = 0;
        long generated = 0;
        for (ChoiceProgress choice : retry.getProgressList()) {
            finished += choice.getFinished() ? 1 : 0;
            generated += choice.getFinished() ? 0 : choice.getGeneratedTokenIdsCount();
        }
        AdmittedRequest request = retry.getRequest();
        boolean isUntouched = finished + generated + retry.getLostAttemptsCount() == 0;
        if (retry.getHandOvers() > 0 && isUntouched) {
            return of(request); // in another cell, but as new as before
        }
        int choices = Math.max(1, request.getN() - finished);
        int attempt = Math.max(1, retry.getAttempt());
        return of(request, choices, generated, attempt, retry.getLostEngineId());
    }

    private static QueuedRequest of(
            AdmittedRequest request,
            int choices,
            long generated,
            int attempt,
            String lostEngineId) {
        int prompt = request.getPromptTokenIdsCount();
        return new QueuedRequest(
                request.getId(),
                prompt,
                choices,
                generated,
                attempt,
                request.getArrivedAtMs() * NS_PER_MS,
                request.getSlo(),
                Integer.BYTES * (prompt + generated),
                lostEngineId);
    }

    /** The same with other objectives. */
    QueuedRequest withSlo(Slo filled) {
        return new QueuedRequest(
                id,
                promptTokens,
                choices,
                generatedTokens,
                attempt,
                arrivedNs,
                filled,
                bytes,
                lostEngineId);
    }

    public boolean isRetry() {
        return attempt > 0;
    }

    /** Tokens that an engine executes for it: prompt and generated, of every choice. */
    public long executingTokens() {
        return (long) promptTokens * choices + generatedTokens;
    }

    /** Tokens to prefill for one choice, the mean where earlier attempts got differently far. */
    long tokensPerChoice() {
        return promptTokens + generatedTokens / choices;
    }

    /** When its first token is due. */
    public long ttftDeadlineNs() {
        return arrivedNs + slo.getTtftNs();
    }
}
