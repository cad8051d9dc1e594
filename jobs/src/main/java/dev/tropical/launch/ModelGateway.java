package dev.tropical.launch;

import dev.tropical.openai.GatewayOptions;
import dev.tropical.openai.OpenAiGateway;
import java.time.Duration;

/** The HTTP gateway with its model's tokenizer. */
public final class ModelGateway implements AutoCloseable {
    private final LocalModelText text;
    private final OpenAiGateway gateway;

    private ModelGateway(LocalModelText text, OpenAiGateway gateway) {
        this.text = text;
        this.gateway = gateway;
    }

    /**
     * Starts to listen.
     *
     * @throws Exception when the model's folder cannot be read, or the port is in use
     */
    public static ModelGateway start(GatewayOptions options, JobConfig job) throws Exception {
        LocalModelText text = LocalModelText.open(job);
        try {
            return new ModelGateway(text, OpenAiGateway.start(options, text));
        } catch (Exception e) {
            text.close();
            throw e;
        }
    }

    /** Where it listens. */
    public String url() {
        return gateway.url();
    }

    /** Waits until the job reports an engine; false when the timeout passed first. */
    boolean awaitReady(Duration timeout) throws InterruptedException {
        return gateway.awaitReady(timeout);
    }

    @Override
    public void close() {
        gateway.close();
        text.close();
    }
}
