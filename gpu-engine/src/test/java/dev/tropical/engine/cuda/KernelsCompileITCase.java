package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel compiles, also on a machine without a GPU, if nvcc is on the PATH. */
@Timeout(120)
@Isolated("its compilers take all cores")
@Execution(ExecutionMode.CONCURRENT)
class KernelsCompileITCase {
    private static final Path KERNELS = Path.of("src/main/cuda");

    private static final String HOPPER_ONLY = "_sm90.cu";

    @TempDir Path folder;

    static List<String> kernels() throws Exception {
        try (Stream<Path> files = Files.list(KERNELS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".cu"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldCompile(String kernel) throws Exception {
        boolean hasCompiler =
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "nvcc")));
        if (!hasCompiler) {
            System.out.println("kernels not compiled: no nvcc on the PATH");
        }
        assumeTrue(hasCompiler, "nvcc on the PATH");
        compile(kernel, List.of());
        if (KernelSource.read(kernel).contains("#ifdef FLOAT32")) {
            compile(kernel, List.of("-DFLOAT32"));
        }
    }

    private void compile(String kernel, List<String> defines) throws Exception {
        // As the run-time compiler gets it: headers in place, and none of CUDA's own.
        Path source = folder.resolve(kernel);
        Files.writeString(source, KernelSource.read(kernel));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "nvcc",
                                "-std=c++17",
                                "-fatbin",
                                "--threads=2", // one an architecture
                                "-gencode=arch=compute_90a,code=sm_90a",
                                "-DHEAD_DIM=128",
                                "-DBLOCK_SIZE=16",
                                "-DRANKS=2",
                                "-DQUERY_TILES=1",
                                "-o",
                                folder.resolve("out.fatbin").toString(),
                                source.toString()));
        command.addAll(defines);
        if (!kernel.endsWith(HOPPER_ONLY)) {
            command.add("-gencode=arch=compute_80,code=sm_80");
        }
        Process nvcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output =
                    new String(nvcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(nvcc.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(nvcc.exitValue()).as(output).isZero();
        } finally {
            nvcc.destroyForcibly();
        }
    }

    @Test
    void shouldPutOurHeadersInPlaceOnce() {
        String source = KernelSource.read("decode_attention.cu");
        assertThat(source).doesNotContain("#include");
        assertThat(source.split("struct bf16 \\{", -1)).hasSize(2);
    }
}
