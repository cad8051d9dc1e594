package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.ArrayList;
import java.util.List;

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

    /** As an engine said them, from what readers got. */
    static List<TokenLogprobs> toEngine(TokenLogprob[] emitted) {
        List<TokenLogprobs> engine = new ArrayList<>(emitted.length);
        for (TokenLogprob token : emitted) {
            TokenLogprobs.Builder logprobs = TokenLogprobs.newBuilder().setLogprob(token.logprob());
            for (Alternative alternative : token.top()) {
                logprobs.addTopTokenIds(alternative.tokenId());
                logprobs.addTopLogprobs(alternative.logprob());
            }
            engine.add(logprobs.build());
        }
        return engine;
    }
}
