package dev.tropical.engine.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles kernels to machine code of one architecture and keeps the results in a folder, named by
 * a hash of source, options and compiler. Machine code, as a driver may refuse the PTX of a newer
 * compiler.
 */
final class KernelCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(KernelCompiler.class);

    private final String architecture;
    private final Path cache;

    /**
     * @param cache folder of compiled kernels, made if it is not there
     */
    KernelCompiler(String architecture, Path cache) {
        this.architecture = architecture;
        this.cache = cache;
    }

    /**
     * The machine code of a kernel file.
     *
     * @param defines e.g. {@code HEAD_DIM=128}
     */
    byte[] compile(String file, List<String> defines) {
        String source = KernelSource.read(file);
        String[] options = new String[defines.size() + 2];
        options[0] = "--gpu-architecture=" + architecture;
        options[1] = "--std=c++17";
        for (int i = 0; i < defines.size(); i++) {
            options[i + 2] = "-D" + defines.get(i);
        }
        Path cached = cache.resolve(key(source, options) + ".cubin");
        try {
            if (Files.exists(cached)) {
                return Files.readAllBytes(cached);
            }
            byte[] code = compile(file, source, options);
            Files.createDirectories(cache);
            // Another engine may write the same file: each its own, and the last name wins.
            Path own = Files.createTempFile(cache, file, ".part");
            Files.write(own, code);
            Files.move(own, cached, StandardCopyOption.ATOMIC_MOVE);
            LOG.info("compiled {} for {}: {} bytes", file, architecture, code.length);
            return code;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(String source, String[] options) {
        int[] major = new int[1];
        int[] minor = new int[1];
        Cuda.checkCompiler(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String text = String.join("\0", options) + "\0" + major[0] + "." + minor[0];
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            digest.update(source.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] compile(String file, String source, String[] options) {
        _nvrtcProgram program = new _nvrtcProgram();
        try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
                BytePointer name = new BytePointer(file, StandardCharsets.UTF_8);
                PointerPointer<BytePointer> arguments = new PointerPointer<>(options);
                PointerPointer<BytePointer> none = new PointerPointer<>()) {
            Cuda.checkCompiler(
                    nvrtc.nvrtcCreateProgram(program, text, name, 0, none, none),
                    "nvrtcCreateProgram " + file);
            try {
                int code = nvrtc.nvrtcCompileProgram(program, options.length, arguments);
                if (code != nvrtc.NVRTC_SUCCESS) {
                    throw new CudaException("nvrtcCompileProgram " + file + ": " + log(program));
                }
                return machineCode(program);
            } finally {
                nvrtc.nvrtcDestroyProgram(program);
            }
        }
    }

    private static byte[] machineCode(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            Cuda.checkCompiler(nvrtc.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
            byte[] code = new byte[(int) size.get()];
            Cuda.checkCompiler(nvrtc.nvrtcGetCUBIN(program, code), "nvrtcGetCUBIN");
            return code;
        }
    }

    private static String log(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            Cuda.checkCompiler(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcProgramLogSize");
            byte[] text = new byte[(int) size.get()];
            Cuda.checkCompiler(nvrtc.nvrtcGetProgramLog(program, text), "nvrtcGetProgramLog");
            return new String(text, StandardCharsets.UTF_8).trim();
        }
    }
}
