package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;

/**
 * The router's copy of an engine's status, its age, and what was dispatched to it since: credits.
 * Reads only, for policies; {@link CellView} writes.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class EngineView {
    EngineView(EngineInfo info) {
        throw new UnsupportedOperationException(info.getEngineId());
    }

    public String engineId() {
        throw new UnsupportedOperationException();
    }

    /** What the registry says of it. */
    public EngineInfo info() {
        throw new UnsupportedOperationException();
    }

    /** The newest status; the default instance before the first. */
    public EngineStatus status() {
        throw new UnsupportedOperationException();
    }

    /** Since the newest status came, ns; {@code Long.MAX_VALUE} before the first. */
    public long statusAgeNs(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** The status's role, or the registry's before the first. */
    public Role role() {
        throw new UnsupportedOperationException();
    }

    /** Whether it may get requests: a status of at most 1 s ago says ready. */
    public boolean isReady(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Prompt and generated tokens of everything on it or on its way to it. */
    public long executingTokens() {
        throw new UnsupportedOperationException();
    }

    /** Sequences that wait on it or are on their way to it. */
    public int waiting() {
        throw new UnsupportedOperationException();
    }

    /** Dispatches that no status has echoed yet. */
    public int unacknowledged() {
        throw new UnsupportedOperationException();
    }

    /** Prompt tokens of those dispatches. */
    public long unacknowledgedTokens() {
        throw new UnsupportedOperationException();
    }
}
