package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.ArrayList;
import java.util.List;

/** Log-probabilities as readers get them: with each token's bytes. */
final class Logprobs {
    private static final TokenLogprob[] NONE = {};

    private Logprobs() {}

    static TokenLogprob of(
            AdmittedRequest request, TextSource texts, int token, TokenLogprobs engine) {
        Alternative[] top = new Alternative[engine.getTopTokenIdsCount()];
        for (int i = 0; i < top.length; i++) {
            int id = engine.getTopTokenIds(i);
            top[i] = new Alternative(id, texts.bytesOf(request, id), engine.getTopLogprobs(i));
        }
        byte[] bytes = texts.bytesOf(request, token);
        return new TokenLogprob(token, bytes, engine.getLogprob(), top, engine.getRank());
    }

    /**
     * Of the prompt's tokens, from the engine's of all but the first; none when it has sent none.
     */
    static TokenLogprob[] ofPrompt(
            AdmittedRequest request, TextSource texts, List<TokenLogprobs> engine) {
        if (engine.isEmpty() && request.getPromptTokenIdsCount() > 1) {
            return NONE;
        }
        TokenLogprob[] prompt = new TokenLogprob[engine.size() + 1];
        TokenLogprobs given = TokenLogprobs.newBuilder().setLogprob(Float.NaN).build();
        for (int i = 0; i < prompt.length; i++) {
            int token = request.getPromptTokenIds(i);
            prompt[i] = of(request, texts, token, i == 0 ? given : engine.get(i - 1));
        }
        return prompt;
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
