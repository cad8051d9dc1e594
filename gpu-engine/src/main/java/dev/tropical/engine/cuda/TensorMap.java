package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** What Hopper's copy engine must know of an array, as a kernel takes it: 128 bytes on the host. */
final class TensorMap implements AutoCloseable {
    private static final int BYTES = 128;
    private static final int ALIGNMENT = 64;

    /** A swapped row of shared memory. */
    private static final int BOX_BYTES = 128;

    private final BytePointer memory = new BytePointer(BYTES + ALIGNMENT);
    private final CUtensorMap map;

    private TensorMap(Pointer array, long[] sizes, long[] strides, int[] box) {
        long aligned = (memory.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        map = new CUtensorMap(new Address(aligned));
        int[] everyElement = {1, 1};
        Cuda.checkDriver(
                cudart.cuTensorMapEncodeTiled(
                        map,
                        cudart.CU_TENSOR_MAP_DATA_TYPE_BFLOAT16,
                        sizes.length,
                        array,
                        sizes,
                        strides,
                        box,
                        everyElement,
                        cudart.CU_TENSOR_MAP_INTERLEAVE_NONE,
                        cudart.CU_TENSOR_MAP_SWIZZLE_128B,
                        cudart.CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
                        cudart.CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE),
                "cuTensorMapEncodeTiled");
    }

    /** The KV cache as rows of a head's numbers; a box is one block's slots, 64 numbers of each. */
    static TensorMap ofCache(DeviceBuffer cache, KvLayout layout) {
        long rowBytes = 2L * layout.headDim();
        return new TensorMap(
                cache.pointer(),
                new long[] {layout.headDim(), cache.bytes() / rowBytes},
                new long[] {rowBytes},
                new int[] {BOX_BYTES / 2, layout.blockSize()});
    }

    Pointer pointer() {
        return map;
    }

    @Override
    public void close() {
        memory.close();
    }
}
