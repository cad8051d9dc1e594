package dev.tropical.kafka;

import java.io.Serializable;
import java.util.concurrent.CompletableFuture;

/** Whether a source may read on. Its answers never block. */
interface Gate extends AutoCloseable {
    /**
     * @throws IllegalStateException when the gate cannot know any more
     */
    boolean isOpen();

    /** Completed when the gate is open, or broken; else completes then. */
    CompletableFuture<Void> opened();

    /** A record has been let through. */
    void passed();

    @Override
    void close();

    /** Opens a gate beside a reader, on the task manager. */
    interface Factory extends Serializable {
        Gate open();
    }
}
