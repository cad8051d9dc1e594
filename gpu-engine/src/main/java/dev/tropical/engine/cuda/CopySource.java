package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;

/**
 * The sender's end of a {@link CopyLink}: the other end reads the blocks, so that here nothing is
 * left to do once they are announced.
 */
final class CopySource implements BlockLink {
    private long asked;

    @Override
    public State turn() {
        return State.OPEN;
    }

    @Override
    public long send(int[] blocks) {
        return ++asked;
    }

    @Override
    public long receive(int[] from, int[] into) {
        throw new IllegalStateException("asked to receive (expected: to send)");
    }

    @Override
    public long discard(int count) {
        throw new IllegalStateException("asked to discard (expected: to send)");
    }

    @Override
    public long done() {
        return asked;
    }

    @Override
    public void close() {
        // The pool stays its owner's.
    }
}
