package dev.tropical.flink.state;

import dev.tropical.flink.state.IdMemory.Met;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A part of an {@link IdMemory}, {@code [capacity]} ids in the order in which they were met. Its
 * arrays are shared with the chunks that it came of and that come of it; each sees its own {@code
 * size} of them, and what one sees is never written again.
 */
final class IdChunk {
    private static final int HEAD_BYTES = 2 * Long.BYTES; // hash and time, in state

    private final long[] hashes; // 0 where nobody has written yet
    private final long[] atMs;
    private final byte[] notes; // noteBytes each
    private final int noteBytes;
    private final int size;

    private IdChunk(long[] hashes, long[] atMs, byte[] notes, int noteBytes, int size) {
        this.hashes = hashes;
        this.atMs = atMs;
        this.notes = notes;
        this.noteBytes = noteBytes;
        this.size = size;
    }

    static IdChunk of(int capacity, int noteBytes) {
        byte[] notes = new byte[Math.multiplyExact(capacity, noteBytes)];
        return new IdChunk(new long[capacity], new long[capacity], notes, noteBytes, 0);
    }

    /** An empty one like this, with arrays of its own. */
    IdChunk emptied() {
        return of(capacity(), noteBytes);
    }

    int capacity() {
        return hashes.length;
    }

    int noteBytes() {
        return noteBytes;
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size == hashes.length;
    }

    /** The newest of that hash. A lane's 4,096 are scanned in some 2 us. */
    @Nullable Met find(long hash) {
        long known = stored(hash);
        for (int i = size - 1; i >= 0; i--) {
            if (hashes[i] == known) {
                return met(i);
            }
        }
        return null;
    }

    /** This chunk, which is not full, and one more id. */
    IdChunk with(long hash, long metAtMs, byte[] note) {
        if (note.length != noteBytes) {
            throw new IllegalArgumentException(
                    "note: " + note.length + " bytes (expected: " + noteBytes + ")");
        }
        IdChunk own = hashes[size] == 0 ? this : copied();
        own.atMs[size] = metAtMs;
        System.arraycopy(note, 0, own.notes, size * noteBytes, noteBytes);
        own.hashes[size] = stored(hash);
        return new IdChunk(own.hashes, own.atMs, own.notes, noteBytes, size + 1);
    }

    private IdChunk copied() {
        long[] ownHashes = Arrays.copyOf(Arrays.copyOf(hashes, size), hashes.length);
        return new IdChunk(ownHashes, atMs.clone(), notes.clone(), noteBytes, size);
    }

    /** Hash, time and note of each. */
    byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(size * (HEAD_BYTES + noteBytes));
        for (int i = 0; i < size; i++) {
            bytes.putLong(hashes[i]).putLong(atMs[i]).put(notes, i * noteBytes, noteBytes);
        }
        return bytes.array();
    }

    long hash(int index) {
        return hashes[index];
    }

    Met met(int index) {
        int from = index * noteBytes;
        return new Met(atMs[index], Arrays.copyOfRange(notes, from, from + noteBytes));
    }

    private static long stored(long hash) {
        return hash == 0 ? 1 : hash;
    }
}
