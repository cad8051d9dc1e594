package dev.tropical.scheduling.batch;

import java.util.Arrays;

/** A growing list of ints. */
final class IntList {
    private int[] values = new int[8];
    private int size;

    int size() {
        return size;
    }

    int get(int index) {
        return values[index];
    }

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    void clear() {
        size = 0;
    }

    int[] toArray() {
        return toArray(size);
    }

    /** The first {@code length} values. */
    int[] toArray(int length) {
        return Arrays.copyOf(values, length);
    }
}
