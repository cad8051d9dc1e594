package dev.tropical.engine.cuda;

import dev.tropical.scheduling.batch.StepPlan;
import java.nio.IntBuffer;

/**
 * A step's input on the host: what {@link InputLayout} says, in pinned memory, padded to a bucket.
 * Entries of one token go to decode attention, longer ones to prefill attention.
 */
final class StepInput implements AutoCloseable {
    /** Ids, positions and slots, the first of what {@link InputLayout} says. */
    private static final int TOKEN_ROWS = 3;

    private final InputLayout layout;
    private final int blockSize;
    private final PinnedBuffer memory;
    private final IntBuffer ints;
    private final Address rest = new Address(0);
    private final Address restOnGpu = new Address(0);

    /** [sampled] the plan's entries whose tokens are drawn. */
    private final int[] sampledEntries;

    private int tokens;
    private int decodes;
    private int chunks;
    private int tiles;
    private int sampled;
    private int tableBlocks;
    private int entries;

    StepInput(InputLayout layout, int blockSize) {
        this.layout = layout;
        this.blockSize = blockSize;
        this.memory = new PinnedBuffer(layout.bytes());
        this.ints = memory.view().asIntBuffer();
        this.sampledEntries = new int[layout.maxSequences()];
    }

    /**
     * What the kernels are launched for; padding included.
     *
     * @param tokens input tokens
     * @param decodes single tokens
     * @param tiles of prompt chunks; 0 = the step can run as a graph
     * @param sampled rows of logits
     */
    record Counts(int tokens, int decodes, int tiles, int sampled) {}

    /** Writes a plan down; sequences say what the host knows of their slots. */
    void fill(StepPlan plan, SlotState[] states) {
        tokens = decodes = chunks = tiles = sampled = tableBlocks = entries = 0;
        for (int i = 0; i < plan.entries().size(); i++) {
            StepPlan.Entry entry = plan.entries().get(i);
            int table = tableBlocks;
            addTable(entry);
            if (entry.length() == 1) {
                ints.put(layout.lengths() + decodes, entry.start() + 1);
                ints.put(layout.rows() + decodes, tokens);
                ints.put(layout.firstBlocks() + decodes, table);
                decodes++;
            } else {
                addChunk(entry, table);
            }
            for (int token = 0; token < entry.length(); token++) {
                int position = entry.start() + token;
                int block = entry.blockTable()[position / blockSize];
                addToken(
                        // The GPU alone may know the last token yet: a reference to it.
                        entry.isContinuation() ? -1 - entry.slot() : entry.tokenIds()[token],
                        position,
                        block * blockSize + position % blockSize);
            }
            if (entry.isSampled()) {
                sampledEntries[sampled] = i;
                int reported = states[i].entries();
                addSampled(tokens - 1, entry.slot(), reported > 0 ? entries : -1);
                entries += reported;
            }
        }
        pad();
    }

    private void addTable(StepPlan.Entry entry) {
        int blocks = (entry.start() + entry.length() + blockSize - 1) / blockSize;
        ints.put(layout.tables() + tableBlocks, entry.blockTable(), 0, blocks);
        tableBlocks += blocks;
    }

    private void addChunk(StepPlan.Entry entry, int table) {
        int at = layout.chunks() + chunks * InputLayout.CHUNK_INTS;
        ints.put(at, tokens);
        ints.put(at + 1, entry.start());
        ints.put(at + 2, entry.length());
        ints.put(at + 3, table);
        int last = (entry.length() - 1) / PrefillAttention.TILE_QUERIES;
        // Later tiles see more keys: the longest work starts first.
        for (int tile = last; tile >= 0; tile--) {
            ints.put(layout.tiles() + 2 * tiles, chunks);
            ints.put(layout.tiles() + 2 * tiles + 1, tile * PrefillAttention.TILE_QUERIES);
            tiles++;
        }
        chunks++;
    }

    private void addToken(int id, int position, int slot) {
        ints.put(layout.ids() + tokens, id);
        ints.put(layout.positions() + tokens, position);
        ints.put(layout.slots() + tokens, slot);
        tokens++;
    }

    private void addSampled(int row, int slot, int entryOffset) {
        ints.put(layout.sampledRows() + sampled, row);
        ints.put(layout.sampledSlots() + sampled, slot);
        ints.put(layout.entryOffsets() + sampled, entryOffset);
        sampled++;
    }

    /** Padding computes something that nobody reads, and writes no key or value. */
    private void pad() {
        Counts padded = counts();
        int realTokens = tokens;
        while (tokens < padded.tokens) {
            addToken(0, 0, -1);
        }
        tokens = realTokens;
        for (int i = decodes; i < padded.decodes; i++) {
            ints.put(layout.lengths() + i, 0);
            ints.put(layout.rows() + i, 0);
            ints.put(layout.firstBlocks() + i, 0);
        }
        int realSampled = sampled;
        while (sampled < padded.sampled) {
            addSampled(0, -1, -1);
        }
        sampled = realSampled;
    }

    Counts counts() {
        int padded = Buckets.of(tokens);
        if (tiles == 0) {
            return new Counts(padded, padded, 0, padded);
        }
        return new Counts(padded, decodes, tiles, sampled == 0 ? 0 : Buckets.of(sampled));
    }

    /** Rows of logits that a token is drawn from. */
    int sampled() {
        return sampled;
    }

    /** The plan's entry that a row of logits belongs to. */
    int sampledEntry(int row) {
        return sampledEntries[row];
    }

    /** Log probabilities that the step reports; those of its rows one after the other. */
    int entries() {
        return entries;
    }

    /** Enqueues the copy of all that was filled in, and of little else: a step waits for it. */
    void upload(Stream stream, DeviceBuffer to) {
        long tokenBytes = 4L * counts().tokens();
        stream.copyRows(
                to.pointer(), memory.pointer(), 4L * layout.maxTokens(), tokenBytes, TOKEN_ROWS);
        long first = 4L * layout.lengths();
        stream.copy(
                restOnGpu.at(to.address() + first),
                rest.at(memory.address() + first),
                4L * (layout.tables() + tableBlocks) - first);
    }

    @Override
    public void close() {
        memory.close();
    }
}
