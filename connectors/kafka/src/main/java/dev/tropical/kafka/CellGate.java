package dev.tropical.kafka;

import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.WireException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gate that the cells topic describes, kept by the thread of a {@link TopicTail}. */
final class CellGate implements Gate, TopicTail.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(CellGate.class);

    /** Ample for a job to restore its state and say how full its cells are: it takes seconds. */
    private static final Duration OLD_WORD = Duration.ofSeconds(30);

    private final GateState state = new GateState(OLD_WORD.toNanos());
    private volatile @Nullable RuntimeException failure;
    private @Nullable TopicTail tail;

    private CellGate() {}

    static CellGate open(KafkaSettings settings) {
        CellGate gate = new CellGate();
        gate.tail = TopicTail.open(settings, settings.topics().cells(), gate);
        return gate;
    }

    @Override
    public boolean isOpen() {
        RuntimeException broken = failure;
        if (broken != null) {
            throw new IllegalStateException("the cells topic cannot be read any more", broken);
        }
        return state.opened().isDone();
    }

    @Override
    public CompletableFuture<Void> opened() {
        return state.opened();
    }

    @Override
    public void passed() {
        state.passed(System.currentTimeMillis());
    }

    @Override
    public void close() {
        if (tail != null) {
            tail.close();
        }
    }

    @Override
    public void onRecord(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        try {
            state.accept(
                    CellReportJson.decode(value).depth(), record.timestamp(), System.nanoTime());
        } catch (WireException e) {
            LOG.warn("skipped offset {} of {}", record.offset(), record.topic(), e);
        }
    }

    @Override
    public void onCaughtUp() {
        state.caughtUp(System.nanoTime());
    }

    @Override
    public void onIdle() {
        state.update(System.nanoTime());
    }

    /** Lets the reader go on, so that it meets the failure in {@link #isOpen}. */
    @Override
    public void onFailure(RuntimeException cause) {
        failure = cause;
        state.broken();
    }
}
