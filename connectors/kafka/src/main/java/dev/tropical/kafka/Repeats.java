package dev.tropical.kafka;

/** What following an id means that was used before. */
public enum Repeats {
    /** The first request's stream goes on elsewhere; here is its notice, an event as any other. */
    TELL,
    /**
     * The same body joins the first request, running or finished: its events come from the
     * beginning. Another body fails with a {@link ConflictException}. Any number may follow one id.
     */
    JOIN,
    /**
     * As {@link #JOIN}, but an id that was not used before fails with {@link NotFoundException},
     * and nothing is begun.
     */
    REQUIRE
}
