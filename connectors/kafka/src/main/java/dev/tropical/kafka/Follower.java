package dev.tropical.kafka;

import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.WireException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request that a {@link CompletionDispatcher} follows; on its thread, but for the fields. */
final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    final String id;
    final byte[] body;
    final long deadlineNs;

    private final CompletionListener listener;
    private final CompletionAssembler assembler;
    private boolean isDone;
    private long startOffset = Long.MAX_VALUE;

    Follower(String id, byte[] body, long deadlineNs, CompletionListener listener) {
        this.id = id;
        this.body = body;
        this.deadlineNs = deadlineNs;
        this.listener = listener;
        this.assembler = new CompletionAssembler(id);
    }

    /** Earlier records under this id belong to an earlier request. */
    void startAt(long offset) {
        startOffset = offset;
    }

    /** The last event or a failure was told: nothing more will be. */
    boolean isDone() {
        return isDone;
    }

    void accept(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (isDone || record.offset() < startOffset || value == null) {
            return;
        }
        try {
            for (CompletionEvent event :
                    assembler.accept(CompletionJson.decode(value, meta(record)))) {
                tell(event);
            }
        } catch (ContradictionException e) {
            fail(e);
        } catch (WireException e) {
            fail(
                    new IllegalStateException(
                            "offset %d of %s-%d cannot be read"
                                    .formatted(record.offset(), record.topic(), record.partition()),
                            e));
        }
    }

    private static Meta meta(ConsumerRecord<byte[], byte[]> record) throws WireException {
        String epoch = Records.header(record.headers(), CompletionJson.EPOCH_HEADER);
        String timings = Records.header(record.headers(), CompletionJson.TIMINGS_HEADER);
        try {
            return new Meta(epoch == null ? 0 : Long.parseLong(epoch), timings);
        } catch (NumberFormatException e) {
            throw new WireException("epoch header: '" + epoch + "' (expected: a number)");
        }
    }

    // A listener that throws is done with, but its fault is not another request's.
    private void tell(CompletionEvent event) {
        if (isDone) {
            return;
        }
        isDone = event instanceof CompletionEvent.Ending;
        try {
            listener.onEvent(event);
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
