package dev.tropical.bench.serve;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CompletionRecord.Failure;
import java.time.Duration;

/** A running system, by its topics. */
public final class KafkaTarget implements LoadTarget {
    /** Runs are cut long before. */
    private static final Duration DEADLINE = Duration.ofHours(6);

    private static final String QUEUE_TIMEOUT = "queue_timeout";

    private final CompletionStream stream;

    /** Connects. */
    public KafkaTarget(KafkaSettings kafka) {
        stream = CompletionStream.open(kafka, false);
    }

    @Override
    public boolean isStreamAskedFor() {
        return false;
    }

    @Override
    public void send(byte[] body, RequestProbe probe) {
        stream.submit(probe.id(), body, DEADLINE, new Listener(probe));
    }

    @Override
    public void cancel(RequestProbe probe) {
        stream.cancel(probe.id());
    }

    @Override
    public void close() {
        stream.close();
    }

    /** On the client's one thread. */
    private record Listener(RequestProbe probe) implements CompletionListener {
        @Override
        public void onEvent(CompletionEvent event) {
            if (event instanceof CompletionEvent.Chunk chunk) {
                probe.tokens(System.nanoTime(), chunk.tokenIds().size());
            } else if (event instanceof CompletionEvent.Ending ending) {
                Lifecycle lifecycle = Lifecycle.parse(ending.timings()).orElse(null);
                Failure error = ending.error();
                if (error == null) {
                    probe.done(lifecycle);
                } else {
                    boolean isRejected = error.code().equals(QUEUE_TIMEOUT);
                    probe.failed(
                            isRejected ? Outcome.REJECTED : Outcome.FAILED,
                            error.code() + ": " + error.message(),
                            lifecycle);
                }
            }
        }

        @Override
        public void onFailure(RuntimeException failure) {
            probe.failed(Outcome.FAILED, String.valueOf(failure.getMessage()), null);
        }
    }
}
