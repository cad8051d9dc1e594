package dev.tropical.kafka;

import dev.tropical.protocol.BodyHash;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a follower's id was used before. A new id's records follow each other without a
 * gap from the start. For a repeated one the job writes a notice that says what the first request
 * was; its records of before are then read, while those that come are held.
 *
 * <p>The dispatcher's thread, but for {@link #producedAt}.
 */
final class Joining {
    /** Reads what was said since the id was first used, and replays it to the follower. */
    interface History {
        void read(long sinceMs);
    }

    private final String id;
    private final String bodySha256;
    private final Repeats repeats;
    private @Nullable History history;
    private @Nullable List<ConsumerRecord<byte[], byte[]>> held;
    private boolean isReading;
    private boolean isReleased;
    private volatile long producedAtMs = -1; // not known

    Joining(String id, byte[] body, Repeats repeats) {
        this.id = id;
        this.bodySha256 = BodyHash.of(body);
        this.repeats = repeats;
        this.held = repeats == Repeats.REQUIRE ? new ArrayList<>() : null;
    }

    void historyIs(History reads) {
        history = reads;
    }

    /** When the broker took the follower's own request. */
    void producedAt(long brokerMs) {
        producedAtMs = brokerMs;
    }

    /**
     * Takes a record that is not to be told now.
     *
     * @throws ConflictException when the id's first request was another
     * @throws NotFoundException when there is none, and must be
     */
    boolean takes(ConsumerRecord<byte[], byte[]> record, CompletionRecord said) {
        if (said instanceof CompletionRecord.Notice notice) {
            return takes(notice.notice());
        }
        requireOwn(said.meta().request());
        if (held == null) {
            return false;
        }
        hold(record);
        return true;
    }

    private boolean takes(Failure notice) {
        boolean isUnknown = notice.code().equals(ErrorCode.NOT_FOUND.code());
        if (isUnknown && repeats == Repeats.REQUIRE && !isReading) {
            throw new NotFoundException("request " + id + " is not known (expected: a used id)");
        }
        FirstUse first = notice.first();
        boolean isRepeat = notice.code().equals(ErrorCode.DUPLICATE_ID.code()) && !isReleased;
        if (!isRepeat || first == null) {
            return isUnknown;
        }
        onRepeat(first);
        return true;
    }

    /**
     * The request that came first on the topic has the id; its records may come before the notice.
     */
    private void requireOwn(@Nullable String request) {
        if (request != null && !bodySha256.startsWith(request)) {
            throw taken();
        }
    }

    private ConflictException taken() {
        return new ConflictException(
                "request id '" + id + "' was used with another body (expected: the same)");
    }

    /** Keeps a record until the history has been read. */
    void hold(ConsumerRecord<byte[], byte[]> record) {
        if (held == null) {
            held = new ArrayList<>();
        }
        held.add(record);
    }

    /** Gives back what was held; nothing is held from now on. */
    List<ConsumerRecord<byte[], byte[]>> release() {
        List<ConsumerRecord<byte[], byte[]>> released = held == null ? List.of() : held;
        held = null;
        isReleased = true;
        return released;
    }

    boolean isReleased() {
        return isReleased;
    }

    private void onRepeat(FirstUse first) {
        if (!first.bodySha256().equals(bodySha256)) {
            throw taken();
        }
        boolean isOwn = first.arrivedAtMs() == producedAtMs; // another repeats this one's id
        if (isReading || isOwn || history == null) {
            return;
        }
        isReading = true;
        if (held == null) {
            held = new ArrayList<>();
        }
        history.read(first.arrivedAtMs());
    }
}
