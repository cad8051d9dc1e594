package dev.tropical.engine.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector widths of this machine: as wide as it computes at full speed, at most 16 floats. */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = floats();
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /** Floats of a vector: 4, 8 or 16. */
    static final int COUNT = FLOATS.length();

    private Lanes() {}

    private static VectorSpecies<Float> floats() {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        return bits <= 512
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.S_512_BIT);
    }
}
