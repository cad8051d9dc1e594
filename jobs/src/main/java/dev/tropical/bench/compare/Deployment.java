package dev.tropical.bench.compare;

import dev.tropical.bench.serve.LoadTarget;

/** What systems are compared on. */
public interface Deployment extends AutoCloseable {
    /** Becomes another system; engines stay loaded. */
    void switchTo(ServedSystem system) throws Exception;

    /** Waits until nothing of an earlier run is left on any engine. */
    void awaitIdle() throws InterruptedException;

    /** How many there are. */
    int engines();

    /** Where requests go. */
    LoadTarget target();

    @Override
    void close();
}
