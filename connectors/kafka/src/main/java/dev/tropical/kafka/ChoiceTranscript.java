package dev.tropical.kafka;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What has been read of one choice: its tokens, its text's code points, and its finish. */
final class ChoiceTranscript {
    private final Prefix tokens = new Prefix("token");
    private final Prefix text = new Prefix("text");
    private @Nullable String finishReason;
    private @Nullable String stopReason;

    /** The tokens from {@code offset} on that are new. */
    int[] addTokens(int offset, int[] ids) {
        return tokens.add(offset, ids, finishReason != null);
    }

    /** The text from {@code offset} (code points) on that is new. */
    String addText(int offset, String chunk) {
        int[] added = text.add(offset, chunk.codePoints().toArray(), finishReason != null);
        return new String(added, 0, added.length);
    }

    /** Whether this finish is new. */
    boolean finish(String reason, @Nullable String stop) {
        if (finishReason == null) {
            finishReason = reason;
            stopReason = stop;
            return true;
        }
        if (!finishReason.equals(reason) || !Objects.equals(stopReason, stop)) {
            throw new ContradictionException(
                    "finished as %s (%s), now as %s (%s)"
                            .formatted(finishReason, stopReason, reason, stop));
        }
        return false;
    }

    /** A growing sequence that may be said again, but not otherwise. */
    private static final class Prefix {
        private final String unit;
        private int[] values = new int[64];
        private int length;

        Prefix(String unit) {
            this.unit = unit;
        }

        int[] add(int offset, int[] said, boolean isFinished) {
            if (offset > length) {
                throw new ContradictionException(
                        "%s offset %d (expected: at most %d, a gap)"
                                .formatted(unit, offset, length),
                        true);
            }
            int overlap = Math.min(length - offset, said.length);
            int differs = Arrays.mismatch(values, offset, offset + overlap, said, 0, overlap);
            if (differs >= 0) {
                throw new ContradictionException(
                        "%s %d was %d, now %d"
                                .formatted(
                                        unit,
                                        offset + differs,
                                        values[offset + differs],
                                        said[differs]));
            }
            int[] added = Arrays.copyOfRange(said, overlap, said.length);
            if (isFinished && added.length > 0) {
                throw new ContradictionException(
                        "%s offset %d after the finish at %d"
                                .formatted(unit, offset + overlap, length));
            }
            append(added);
            return added;
        }

        private void append(int[] added) {
            if (length + added.length > values.length) {
                values = Arrays.copyOf(values, Math.max(2 * values.length, length + added.length));
            }
            System.arraycopy(added, 0, values, length, added.length);
            length += added.length;
        }
    }
}
