package dev.tropical.bench.serve;

/** What is measured. */
public interface LoadTarget extends AutoCloseable {
    /** Whether bodies ask for events. */
    boolean isStreamAskedFor();

    /** Sends a request and returns at once; the probe is told what comes back. */
    void send(byte[] body, RequestProbe probe);

    /** Gives a request up that nobody waits for any more. */
    void cancel(RequestProbe probe);

    @Override
    void close();
}
