package dev.tropical.engine.model;

/** How an engine's KV blocks go to another's GPU. */
public enum LinkKind {
    /** NCCL sends and receives them, which takes some multiprocessors from the steps. */
    NCCL,
    /** The receiver's copy engines read them, where both engines are of one host. */
    COPY
}
