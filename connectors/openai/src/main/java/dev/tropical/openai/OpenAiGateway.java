package dev.tropical.openai;

/**
 * The running gateway: {@code POST /v1/completions} and {@code /v1/chat/completions}, streaming and
 * not, {@code GET /v1/models}, {@code /health} and {@code /version}. Owns its server, threads and
 * Kafka client until {@link #close}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class OpenAiGateway implements AutoCloseable {
    private OpenAiGateway() {}

    /**
     * Connects to Kafka and starts to listen; the topics must be there.
     *
     * @throws IllegalStateException when the port is in use (naming it), or the start fails
     */
    public static OpenAiGateway start(GatewayOptions options) {
        throw new UnsupportedOperationException("start");
    }

    /** Where it listens, {@code http://host:port}. */
    public String url() {
        throw new UnsupportedOperationException("url");
    }

    /** The port that was bound. */
    public int port() {
        throw new UnsupportedOperationException("port");
    }

    /** Stops listening, cancels the requests that are still running, and ends all threads. */
    @Override
    public void close() {}
}
