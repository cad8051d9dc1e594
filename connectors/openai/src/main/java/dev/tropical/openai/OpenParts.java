package dev.tropical.openai;

import java.util.BitSet;

/** Which of a call's requests have not ended and were not cancelled. For any thread. */
final class OpenParts {
    private final BitSet open; // guarded by this

    OpenParts(int parts) {
        open = new BitSet(parts);
        open.set(0, parts);
    }

    /** A request has ended. */
    synchronized void end(int part) {
        open.clear(part);
    }

    /** This one and those behind it were never begun. */
    synchronized void endFrom(int part) {
        open.clear(part, Math.max(part, open.length()));
    }

    /** Those that are open, which from now on are not. */
    synchronized int[] takeAll() {
        int[] taken = open.stream().toArray();
        open.clear();
        return taken;
    }
}
