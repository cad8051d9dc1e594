package dev.tropical.engine.model;

/** Makes links between this engine's device and others'. Loop thread. */
public interface BlockLinks {
    /**
     * What both ends of a new link must know.
     *
     * @param refused how many the peer could not open its end of in a row; where there are several
     *     kinds of links, another one may do
     */
    byte[] newId(int refused);

    /**
     * Begins to open an end; returns at once.
     *
     * @param id of {@link #newId}, of this engine or another
     * @param isSender which of the two ends
     */
    BlockLink open(byte[] id, boolean isSender);
}
