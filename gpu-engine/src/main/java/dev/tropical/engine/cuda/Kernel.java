package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A function on the GPU. Arguments are set one by one and in order, then {@link #launch} takes
 * them: into native slots made once, so that a launch leaves no garbage.
 */
final class Kernel implements AutoCloseable {
    /** Without asking for more, a block gets this much dynamic shared memory. */
    private static final int DEFAULT_SHARED_BYTES = 48 << 10;

    private final String name;
    private final CUfunc_st function;
    private final int sharedBytes;
    private final int arguments;
    private final LongPointer slots;
    private final PointerPointer<Pointer> addresses;
    private int next;

    Kernel(String name, CUfunc_st function, int arguments, int sharedBytes) {
        this.name = name;
        this.function = function;
        this.sharedBytes = sharedBytes;
        this.arguments = arguments;
        this.slots = new LongPointer(arguments);
        this.addresses = new PointerPointer<>(arguments);
        for (int i = 0; i < arguments; i++) {
            addresses.put(i, new Address(slots.address() + 8L * i));
        }
        if (sharedBytes > DEFAULT_SHARED_BYTES) {
            int attribute = cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            Cuda.checkDriver(
                    cudart.cuFuncSetAttribute(function, attribute, sharedBytes),
                    "cuFuncSetAttribute " + name + ", shared memory " + sharedBytes + " bytes");
        }
    }

    /** A device address, 0 for null, or a 64-bit number. */
    Kernel with(long value) {
        slots.put(next++, value);
        return this;
    }

    Kernel with(DeviceBuffer buffer) {
        return with(buffer.address());
    }

    /** A 32-bit number: the kernel reads the lower half of the slot (little-endian hosts). */
    Kernel withInt(int value) {
        return with(value & 0xffffffffL);
    }

    Kernel withFloat(float value) {
        return withInt(Float.floatToRawIntBits(value));
    }

    /**
     * Enqueues the kernel.
     *
     * @throws IllegalStateException when not all arguments were set
     */
    void launch(Stream stream, int gridX, int gridY, int threads) {
        if (next != arguments) {
            throw new IllegalStateException(
                    name + ": " + next + " arguments (expected: " + arguments + ")");
        }
        next = 0;
        Cuda.checkDriver(
                cudart.cuLaunchKernel(
                        function,
                        gridX,
                        gridY,
                        1,
                        threads,
                        1,
                        1,
                        sharedBytes,
                        stream.handle(),
                        addresses,
                        null),
                "cuLaunchKernel " + name);
    }

    @Override
    public void close() {
        addresses.close();
        slots.close();
    }
}
