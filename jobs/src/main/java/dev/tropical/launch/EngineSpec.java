package dev.tropical.launch;

import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.util.List;

/**
 * How to start one engine process.
 *
 * @param engineId unique within the topics' prefix
 * @param role what it starts as
 * @param cell the cell it joins
 * @param model Hugging Face model folder
 * @param heapBytes the JVM's -Xmx
 * @param arguments further options of {@code EngineMain}, as given
 */
public record EngineSpec(
        String engineId, Role role, int cell, Path model, long heapBytes, List<String> arguments) {
    private static final String KERNELS = "dev.tropical.engine.cpu.*::*";

    public EngineSpec {
        arguments = List.copyOf(arguments);
        if (!engineId.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException(
                    "engine id: '" + engineId + "' (expected: 1 to 64 of A-Z a-z 0-9 . _ -)");
        }
    }

    /** A second's garbage of a busy engine, several times. */
    private static final long MAX_NEW_BYTES = 128L << 20;

    /** An engine of the CPU backend computes from the first step on, in loops that must be fast. */
    private List<String> jvm() {
        if (arguments.contains("cuda")) {
            return ChildJvm.command();
        }
        List<String> command = ChildJvm.modestCommand();
        command.add("-XX:CompileCommand=quiet");
        // A tenth of the usual calls; after a fiftieth, attention is compiled to half as slow
        // again.
        command.add("-XX:CompileCommand=CompileThresholdScaling," + KERNELS + ",0.1");
        // Interpreted vectors take more processor time than to wait for their compiler.
        command.add("-XX:CompileCommand=BackgroundCompilation," + KERNELS + ",false");
        return command;
    }

    /** The JVM's whole command line. */
    List<String> command(EngineClassPath classPath) {
        List<String> command = jvm();
        command.add("-Xmx" + (heapBytes >> 20) + "m");
        // Three engines, a broker and Flink share a small machine in the demo: one collector thread
        // each.
        command.add("-XX:+UseSerialGC");
        // Weights and KV blocks stay: a third of the heap for what is new would be lost to them.
        command.add("-XX:MaxNewSize=" + (Math.min(heapBytes / 3, MAX_NEW_BYTES) >> 20) + "m");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of("-cp", classPath.value(), "dev.tropical.engine.EngineMain"));
        command.addAll(List.of("--engine-id", engineId));
        command.addAll(List.of("--role", role == Role.PREFILL ? "prefill" : "decode"));
        command.addAll(List.of("--cell", Integer.toString(cell)));
        command.addAll(List.of("--model", model.toString()));
        command.add("--parent-stdin");
        command.addAll(arguments);
        return command;
    }
}
