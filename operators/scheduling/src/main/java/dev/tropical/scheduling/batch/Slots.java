package dev.tropical.scheduling.batch;

/** The model runner's slots: which are free, and who was told. The last freed is taken first. */
final class Slots {
    private final SlotBinder binder;
    private final int total;
    private final int[] free;
    private int freeCount;

    Slots(int total, SlotBinder binder) {
        this.total = total;
        this.binder = binder;
        this.free = new int[total];
        for (int i = 0; i < total; i++) {
            free[i] = total - 1 - i;
        }
        this.freeCount = total;
    }

    int total() {
        return total;
    }

    int free() {
        return freeCount;
    }

    void bind(Sequence sequence) {
        if (freeCount == 0 || sequence.slot() >= 0) {
            throw new IllegalStateException(
                    sequence + ": slot " + sequence.slot() + ", free " + freeCount);
        }
        sequence.setSlot(free[--freeCount]);
        binder.bind(sequence);
    }

    /** Does nothing when it has none. */
    void release(Sequence sequence) {
        int slot = sequence.slot();
        if (slot >= 0) {
            sequence.clearSlot();
            free[freeCount++] = slot;
            binder.release(slot);
        }
    }
}
