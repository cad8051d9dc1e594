package dev.tropical.engine.sampling;

/** Hoare's quickselect. */
final class Selection {
    private Selection() {}

    /**
     * The k-th largest of {@code values[0, count)}, which it reorders.
     *
     * @param k in [1, count]
     */
    static float largest(float[] values, int count, int k) {
        int low = 0;
        int high = count - 1;
        int wanted = k - 1;
        while (low < high) {
            float pivot = median(values[low], values[(low + high) >>> 1], values[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (values[i] > pivot) {
                    i++;
                }
                while (values[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    float swapped = values[i];
                    values[i++] = values[j];
                    values[j--] = swapped;
                }
            }
            if (wanted <= j) {
                high = j;
            } else if (wanted >= i) {
                low = i;
            } else {
                break;
            }
        }
        return values[wanted];
    }

    private static float median(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
