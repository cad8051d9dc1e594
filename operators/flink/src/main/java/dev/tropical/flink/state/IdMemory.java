package dev.tropical.flink.state;

import dev.tropical.protocol.BodyHash;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest ids that a lane has met: of each a hash, a time and a note of a fixed length. What it
 * takes is allocated with the first id, so that a heap does not grow with what has been served;
 * once it is full, the oldest eighth goes for a new one.
 *
 * <p>Ids are known by 64 bits of their SHA-256: a new id is taken for one of n remembered ones with
 * a probability of n / 2^64, which is 1 in 4.5e15 for 4,096.
 *
 * <p>Immutable, so that a snapshot writes one while the lane goes on with the next. They share
 * their arrays: {@link #with} writes behind what older memories see, and copies the newest eighth
 * if another has written there. One thread at a time calls it on memories that come of each other.
 */
public final class IdMemory {
    private static final int CHUNKS = 8;
    private static final byte FORMAT = 1;

    /**
     * What is remembered of an id.
     *
     * @param note as it was given; never changed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Met(long atMs, byte[] note) {}

    private final IdChunk[] ring; // in the order of their use, round and round; never changed
    private final int newest;

    private IdMemory(IdChunk[] ring, int newest) {
        this.ring = ring;
        this.newest = newest;
    }

    /**
     * An empty memory.
     *
     * @param capacity most ids, rounded up to a multiple of eight; of them, seven eighths are
     *     remembered at any time
     * @param noteBytes of each id's note
     * @throws IllegalArgumentException when {@code capacity} is below 1 or {@code noteBytes} below
     *     0
     */
    public static IdMemory of(int capacity, int noteBytes) {
        if (capacity < 1 || noteBytes < 0) {
            throw new IllegalArgumentException(
                    "capacity, noteBytes: "
                            + capacity
                            + ", "
                            + noteBytes
                            + " (expected: at least 1, at least 0)");
        }
        IdChunk[] ring = new IdChunk[CHUNKS];
        for (int i = 0; i < CHUNKS; i++) {
            ring[i] = IdChunk.of(chunkIds(capacity), noteBytes);
        }
        return new IdMemory(ring, 0);
    }

    /** What was noted when the id was met last; null when it is not remembered. */
    public @Nullable Met find(String id) {
        long hash = hash(id);
        for (int age = 0; age < CHUNKS; age++) {
            Met met = ring[(newest + CHUNKS - age) % CHUNKS].find(hash);
            if (met != null) {
                return met;
            }
        }
        return null;
    }

    /**
     * This memory and one more meeting.
     *
     * @param note copied
     * @throws IllegalArgumentException when the note is not as long as this memory's are
     */
    public IdMemory with(String id, long atMs, byte... note) {
        return with(hash(id), atMs, note);
    }

    private IdMemory with(long hash, long atMs, byte[] note) {
        IdChunk tail = ring[newest];
        if (!tail.isFull()) {
            return replaced(newest, tail.with(hash, atMs, note));
        }
        int next = (newest + 1) % CHUNKS;
        IdChunk oldest = ring[next];
        IdChunk fresh = oldest.size() == 0 ? oldest : oldest.emptied();
        return replaced(next, fresh.with(hash, atMs, note));
    }

    private IdMemory replaced(int index, IdChunk chunk) {
        IdChunk[] chunks = ring.clone();
        chunks[index] = chunk;
        return new IdMemory(chunks, index);
    }

    /** This memory, or one of that capacity with the newest of its ids. */
    public IdMemory resized(int capacity) {
        if (chunkIds(capacity) == ring[0].capacity()) {
            return this;
        }
        IdMemory resized = of(capacity, noteBytes());
        for (IdChunk chunk : oldestFirst()) {
            for (int i = 0; i < chunk.size(); i++) {
                Met met = chunk.met(i);
                resized = resized.with(chunk.hash(i), met.atMs(), met.note());
            }
        }
        return resized;
    }

    /** Ids that are remembered; one that was met twice counts twice. */
    public int size() {
        int size = 0;
        for (IdChunk chunk : ring) {
            size += chunk.size();
        }
        return size;
    }

    private List<IdChunk> oldestFirst() {
        List<IdChunk> chunks = new ArrayList<>(List.of(ring));
        Collections.rotate(chunks, CHUNKS - 1 - newest);
        return chunks;
    }

    private int noteBytes() {
        return ring[0].noteBytes();
    }

    // ---- in state ----------------------------------------------------------------------------

    /** Its capacity, then its ids, oldest first. */
    void write(DataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeInt(ring[0].capacity() * CHUNKS);
        out.writeInt(noteBytes());
        out.writeInt(size());
        for (IdChunk chunk : oldestFirst()) {
            out.write(chunk.toBytes());
        }
    }

    /**
     * What {@link #write} has written.
     *
     * @throws IOException when it is of another format
     */
    static IdMemory read(DataInput in) throws IOException {
        byte format = in.readByte();
        if (format != FORMAT) {
            throw new IOException("ids of format " + format + " (expected: " + FORMAT + ")");
        }
        int capacity = in.readInt();
        IdMemory memory = of(capacity, in.readInt());
        byte[] note = new byte[memory.noteBytes()];
        for (int left = in.readInt(); left > 0; left--) {
            long hash = in.readLong();
            long atMs = in.readLong();
            in.readFully(note);
            memory = memory.with(hash, atMs, note);
        }
        return memory;
    }

    private static int chunkIds(int capacity) {
        return (capacity + CHUNKS - 1) / CHUNKS;
    }

    private static long hash(String id) {
        byte[] digest = BodyHash.digest(id.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong();
    }
}
