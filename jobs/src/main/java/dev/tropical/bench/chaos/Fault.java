package dev.tropical.bench.chaos;

/**
 * A fault that has been injected.
 *
 * @param target the process's name
 * @param atNs when, {@link System#nanoTime}
 */
public record Fault(FaultKind kind, String target, long atNs) {}
