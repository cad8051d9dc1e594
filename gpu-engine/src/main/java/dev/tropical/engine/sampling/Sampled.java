package dev.tropical.engine.sampling;

import dev.tropical.protocol.wire.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * A drawn token.
 *
 * @param logprobs null where none were asked for
 */
public record Sampled(int tokenId, @Nullable TokenLogprobs logprobs) {}
