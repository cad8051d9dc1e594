package dev.tropical.engine.client;

/** Who the engines are, and news of it. {@link EngineRegistry} is the one on Kafka. */
public interface EngineDirectory {
    /** The engines as last known; never blocks. */
    RegistrySnapshot snapshot();

    /**
     * Calls {@code listener} with the present snapshot, on this thread, and with each later one, on
     * the directory's thread, until the returned handle is closed.
     */
    Subscription subscribe(Listener listener);

    /** Must not block. */
    interface Listener {
        /** Snapshots come in the order of their versions. */
        void onChange(RegistrySnapshot snapshot);

        /** The directory cannot be read any more; the last call. */
        void onFailure(RuntimeException failure);
    }

    /** Ends a subscription; a call that has begun may still finish. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
