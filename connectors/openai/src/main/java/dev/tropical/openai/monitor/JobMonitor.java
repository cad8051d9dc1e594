package dev.tropical.openai.monitor;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicTail;
import dev.tropical.protocol.CellReport;
import dev.tropical.protocol.CellReportJson;
import dev.tropical.protocol.EngineLoad;
import dev.tropical.protocol.WireException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows what the job says of itself on the cells topic. Any thread reads; its tail writes. */
public final class JobMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobMonitor.class);

    private final JobState state = new JobState();
    private final ReentrantLock lock = new ReentrantLock(); // guards state
    private final Condition changed = lock.newCondition();
    private final TopicTail tail;

    private JobMonitor(KafkaSettings settings) {
        tail = TopicTail.open(settings, settings.topics().cells(), new Handler());
    }

    /** Starts to follow the topic. */
    public static JobMonitor open(KafkaSettings settings) {
        return new JobMonitor(settings);
    }

    /** Whether the job runs and an engine is up, as of the newest reports. */
    public boolean isReady() {
        lock.lock();
        try {
            return state.isReady(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is ready; false when it is not by the deadline. */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        long remainingNs = timeout.toNanos();
        lock.lock();
        try {
            while (!state.isReady(System.nanoTime()) && remainingNs > 0) {
                remainingNs = changed.awaitNanos(remainingNs);
            }
            return state.isReady(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Whether a new request can be taken, and if not why. */
    public Capacity capacity() {
        lock.lock();
        try {
            return state.capacity(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** The newest report of each cell that still reports, by cell. */
    public List<CellReport> reports() {
        lock.lock();
        try {
            return state.reports(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** All cells' engines. */
    public List<EngineLoad> engines() {
        return reports().stream().flatMap(report -> report.engines().stream()).toList();
    }

    @Override
    public void close() {
        tail.close();
    }

    private final class Handler implements TopicTail.Handler {
        @Override
        public void onRecord(ConsumerRecord<byte[], byte[]> record) {
            if (record.value() == null) {
                return;
            }
            try {
                CellReport report = CellReportJson.decode(record.value());
                lock.lock();
                try {
                    state.accept(report, System.nanoTime());
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            } catch (WireException e) {
                LOG.warn("skipped offset {} of {}", record.offset(), record.topic(), e);
            }
        }

        @Override
        public void onCaughtUp() {
            lock.lock();
            try {
                state.caughtUp();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void onFailure(RuntimeException failure) {
            LOG.error("the job's reports cannot be read any more; calls will be refused", failure);
        }
    }
}
