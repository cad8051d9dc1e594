package dev.tropical.kafka;

import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.WireException;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request that a {@link CompletionDispatcher} follows; on its thread, but for the fields. */
final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    final String id;
    final byte[] body;
    final long deadlineNs;
    final Repeats repeats;

    private final CompletionListener listener;
    private final CompletionAssembler assembler;
    private final @Nullable Joining joining;
    private boolean isDone;
    private long startOffset = Long.MAX_VALUE;

    Follower(
            String id, byte[] body, long deadlineNs, Repeats repeats, CompletionListener listener) {
        this.id = id;
        this.body = body;
        this.deadlineNs = deadlineNs;
        this.repeats = repeats;
        this.listener = listener;
        this.assembler = new CompletionAssembler(id);
        this.joining = repeats == Repeats.TELL ? null : new Joining(id, body, repeats);
    }

    /**
     * Earlier records under this id belong to an earlier request.
     *
     * @param history reads them, if it turns out that they are this request's too
     */
    void startAt(long offset, Joining.History history) {
        startOffset = offset;
        if (joining != null) {
            joining.historyIs(history);
        }
    }

    /** The broker has taken this follower's request. Any thread. */
    void producedAt(long brokerMs) {
        if (joining != null) {
            joining.producedAt(brokerMs);
        }
    }

    /** The last event or a failure was told: nothing more will be. */
    boolean isDone() {
        return isDone;
    }

    void accept(ConsumerRecord<byte[], byte[]> record) {
        if (isDone || record.offset() < startOffset || record.value() == null) {
            return;
        }
        try {
            CompletionRecord said = decode(record);
            if (joining == null) {
                tell(record, said);
            } else if (!joining.takes(record, said)) {
                tellOrHold(record, said, joining);
            }
        } catch (ContradictionException | ConflictException | NotFoundException e) {
            fail(e);
        } catch (WireException e) {
            fail(unreadable(record, e));
        }
    }

    /** What was said before this one began to follow, now that it has been read. */
    void replay(List<ConsumerRecord<byte[], byte[]>> history) {
        if (isDone || joining == null) {
            return;
        }
        try {
            listener.onJoined();
            assembler.beginReplay();
            for (ConsumerRecord<byte[], byte[]> record : history) {
                tell(record, decode(record));
            }
            assembler.endReplay();
            for (ConsumerRecord<byte[], byte[]> record : joining.release()) {
                tell(record, decode(record));
            }
        } catch (ContradictionException e) {
            fail(e);
        } catch (WireException e) {
            fail(new IllegalStateException("an earlier completion of " + id + " is damaged", e));
        }
    }

    private void tellOrHold(
            ConsumerRecord<byte[], byte[]> record, CompletionRecord said, Joining joining) {
        try {
            tell(record, said);
        } catch (ContradictionException e) {
            if (!e.isGap() || joining.isReleased()) {
                throw e;
            }
            joining.hold(record); // it runs already; the notice that says so will come
        }
    }

    private static CompletionRecord decode(ConsumerRecord<byte[], byte[]> record)
            throws WireException {
        return CompletionJson.decode(record.value(), meta(record));
    }

    private static Meta meta(ConsumerRecord<byte[], byte[]> record) throws WireException {
        String epoch = Records.header(record.headers(), CompletionJson.EPOCH_HEADER);
        String timings = Records.header(record.headers(), CompletionJson.TIMINGS_HEADER);
        String request = Records.header(record.headers(), CompletionJson.REQUEST_HEADER);
        try {
            return new Meta(epoch == null ? 0 : Long.parseLong(epoch), timings, request);
        } catch (NumberFormatException e) {
            throw new WireException("epoch header: '" + epoch + "' (expected: a number)");
        }
    }

    private static IllegalStateException unreadable(
            ConsumerRecord<byte[], byte[]> record, WireException cause) {
        return new IllegalStateException(
                "offset %d of %s-%d cannot be read"
                        .formatted(record.offset(), record.topic(), record.partition()),
                cause);
    }

    private void tell(ConsumerRecord<byte[], byte[]> record, CompletionRecord said) {
        int textOffset = said instanceof CompletionRecord.Chunk chunk ? chunk.text().offset() : 0;
        RecordPosition position =
                new RecordPosition(record.partition(), record.offset(), textOffset);
        for (CompletionEvent event : assembler.accept(said)) {
            tell(event, position);
        }
    }

    // A listener that throws is done with, but its fault is not another request's.
    private void tell(CompletionEvent event, RecordPosition position) {
        if (isDone) {
            return;
        }
        isDone = event instanceof CompletionEvent.Ending;
        try {
            listener.onEvent(event, position);
        } catch (RuntimeException e) {
            LOG.error("the listener of request {} threw; it is told nothing more", id, e);
            isDone = true;
        }
    }

    void fail(RuntimeException failure) {
        if (isDone) {
            return;
        }
        isDone = true;
        try {
            listener.onFailure(failure);
        } catch (RuntimeException e) {
            LOG.error("the listener of request {} threw at {}", id, failure.toString(), e);
        }
    }
}
