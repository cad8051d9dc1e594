package dev.tropical.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/** The kernels of one file, loaded into the context; {@link #close} unloads them. */
final class KernelModule implements AutoCloseable {
    private final CUmod_st handle = new CUmod_st();
    private final List<Kernel> kernels = new ArrayList<>();

    KernelModule(byte[] machineCode) {
        try (BytePointer image = new BytePointer(machineCode)) {
            Cuda.checkDriver(cudart.cuModuleLoadData(handle, image), "cuModuleLoadData");
        }
    }

    /**
     * @param arguments how many parameters it has
     * @param sharedBytes dynamic shared memory that its launches get
     */
    Kernel kernel(String name, int arguments, int sharedBytes) {
        CUfunc_st function = new CUfunc_st();
        Cuda.checkDriver(
                cudart.cuModuleGetFunction(function, handle, name), "cuModuleGetFunction " + name);
        Kernel kernel = new Kernel(name, function, arguments, sharedBytes);
        kernels.add(kernel);
        return kernel;
    }

    @Override
    public void close() {
        kernels.forEach(Kernel::close);
        if (!handle.isNull()) {
            Cuda.checkDriver(cudart.cuModuleUnload(handle), "cuModuleUnload");
            handle.setNull();
        }
    }
}
