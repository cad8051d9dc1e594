package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUlaunchAttribute;
import org.bytedeco.cuda.cudart.CUlaunchConfig;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A function on the GPU. Arguments are set one by one and in order, then {@link #launch} takes
 * them: into native slots made once, so that a launch leaves no garbage.
 */
final class Kernel implements AutoCloseable {
    /** The first architecture on which a kernel can be launched before the last one's end. */
    private static final int OVERLAPPING_CAPABILITY = 90;

    /** Without asking for more, a block gets this much dynamic shared memory. */
    private static final int DEFAULT_SHARED_BYTES = 48 << 10;

    private static final PointerPointer<Pointer> NONE = new PointerPointer<>();

    private final String name;
    private final CUfunc_st function;
    private final int arguments;
    private final LongPointer slots;
    private final PointerPointer<Pointer> addresses;
    private final CUlaunchAttribute attribute = new CUlaunchAttribute();
    private final CUlaunchConfig config = new CUlaunchConfig();
    private int next;

    Kernel(String name, CUfunc_st function, int arguments, int sharedBytes) {
        this.name = name;
        this.function = function;
        this.arguments = arguments;
        this.slots = new LongPointer(arguments);
        this.addresses = new PointerPointer<>(arguments);
        for (int i = 0; i < arguments; i++) {
            addresses.put(i, new Address(slots.address() + 8L * i));
        }
        config.gridDimZ(1).blockDimY(1).blockDimZ(1).sharedMemBytes(sharedBytes);
        config.attrs(attribute).numAttrs(0);
        if (sharedBytes > DEFAULT_SHARED_BYTES) {
            int attribute = cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            Cuda.checkDriver(
                    cudart.cuFuncSetAttribute(function, attribute, sharedBytes),
                    "cuFuncSetAttribute " + name + ", shared memory " + sharedBytes + " bytes");
        }
    }

    /**
     * Sets the kernel's blocks up while the kernel before it ends; for kernels that call {@code
     * await_previous_kernels}. Without effect on GPUs that cannot.
     */
    Kernel overlapping() {
        int[] capability = new int[1];
        Cuda.checkDriver(
                cudart.cuFuncGetAttribute(
                        capability, cudart.CU_FUNC_ATTRIBUTE_BINARY_VERSION, function),
                "cuFuncGetAttribute " + name);
        if (capability[0] >= OVERLAPPING_CAPABILITY) {
            attribute.id(cudart.CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION);
            attribute.value().programmaticStreamSerializationAllowed(1);
            config.numAttrs(1);
        }
        return this;
    }

    /** Blocks of so many threads that a multiprocessor holds at a time; at least 1. */
    int blocksOfMultiprocessor(int threads) {
        int[] blocks = new int[1];
        Cuda.checkDriver(
                cudart.cuOccupancyMaxActiveBlocksPerMultiprocessor(
                        blocks, function, threads, config.sharedMemBytes()),
                "cuOccupancyMaxActiveBlocksPerMultiprocessor " + name);
        return Math.max(1, blocks[0]);
    }

    /** A device address, 0 for null, or a 64-bit number. */
    Kernel with(long value) {
        slots.put(next++, value);
        return this;
    }

    /** A structure, copied when the kernel is launched; the owner keeps it until then. */
    Kernel with(Pointer structure) {
        addresses.put(next++, structure);
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
        config.gridDimX(gridX).gridDimY(gridY).blockDimX(threads).hStream(stream.handle());
        Cuda.checkDriver(
                cudart.cuLaunchKernelEx(config, function, addresses, NONE),
                "cuLaunchKernelEx " + name);
    }

    @Override
    public void close() {
        config.close();
        attribute.close();
        addresses.close();
        slots.close();
    }
}
