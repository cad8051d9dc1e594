package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A choice's tokens and, when its request wants them, their log-probabilities: only the engine that
 * drew a token knows those, and whichever goes on may be asked for them again.
 */
final class GeneratedTokens {
    private final boolean hasLogprobs;
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private int[] ids = new int[16];
    private int count;

    GeneratedTokens(boolean hasLogprobs) {
        this.hasLogprobs = hasLogprobs;
    }

    int count() {
        return count;
    }

    int[] ids() {
        return ids(0);
    }

    int[] ids(int from) {
        return Arrays.copyOfRange(ids, from, count);
    }

    List<Integer> idList() {
        return Arrays.stream(ids()).boxed().toList();
    }

    /** As many as tokens, or none when the request does not want them. */
    List<TokenLogprobs> logprobs() {
        return logprobs;
    }

    /** Appends those of a message's tokens from index {@code from} on. */
    void addAll(List<Integer> tokenIds, List<TokenLogprobs> theirs, int from) {
        for (int i = from; i < tokenIds.size(); i++) {
            add(tokenIds.get(i), theirs, i);
        }
    }

    /** Appends a token, with the {@code at}-th of the log-probabilities that came with it. */
    void add(int tokenId, List<TokenLogprobs> theirs, int at) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, count * 2);
        }
        ids[count++] = tokenId;
        if (hasLogprobs) {
            logprobs.add(at < theirs.size() ? theirs.get(at) : TokenLogprobs.getDefaultInstance());
        }
    }
}
