package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.TokenLogprobs;

/** Log-probabilities as readers get them: with each token's bytes. */
final class Logprobs {
    private Logprobs() {}

    static TokenLogprob of(
            AdmittedRequest request, TextSource texts, int token, TokenLogprobs engine) {
        Alternative[] top = new Alternative[engine.getTopTokenIdsCount()];
        for (int i = 0; i < top.length; i++) {
            int id = engine.getTopTokenIds(i);
            top[i] = new Alternative(id, texts.bytesOf(request, id), engine.getTopLogprobs(i));
        }
        return new TokenLogprob(token, texts.bytesOf(request, token), engine.getLogprob(), top);
    }
}
