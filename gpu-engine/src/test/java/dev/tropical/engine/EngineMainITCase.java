package dev.tropical.engine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.SequenceKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine as a process: its line on standard output, its exit code, its end. */
class EngineMainITCase {
    private static final String SERVES = "TROPICAL_ENGINE ";

    @TempDir private Path folder;
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killAll() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void shouldServeAndEndCleanlyOnATerm() throws Exception {
        Process process = start("--device", "paced", "--step-ms", "1", "--model", "none");
        EngineInfo info = readInfo(process);
        try (TestLane lane = new TestLane()) {
            lane.connect(info, List.of(info));
            SequenceKey key = lane.submit("e", "one", 8, 5, DecodePlacement.DECODE_HERE);
            lane.readUntil(() -> lane.finished.containsKey(key), 30);
        }
        assertThat(info.getPid()).isEqualTo(process.pid());
        process.destroy();
        assertThat(process.waitFor(30, SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void shouldEndWithItsParent() throws Exception {
        Process process = start("--device", "paced", "--model", "none", "--parent-stdin");
        readInfo(process);
        process.getOutputStream().close();
        assertThat(process.waitFor(30, SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void shouldSayWhyAModelCannotBeLoaded() throws Exception {
        Process process = start("--model", folder.resolve("missing").toString());
        assertThat(firstLine(process)).startsWith("TROPICAL_ENGINE_FAILED").contains("missing");
        assertThat(process.waitFor(60, SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
    }

    @Test
    void shouldSayWhichPortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Process process = start("--device", "paced", "--model", "none", "--command-port", port);
            assertThat(firstLine(process))
                    .startsWith("TROPICAL_ENGINE_FAILED")
                    .contains("command port", port, "in use");
            assertThat(process.waitFor(60, SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseUnknownOptions() throws Exception {
        Process process = start("--model", "none", "--colour", "blue");
        assertThat(process.waitFor(60, SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(new String(process.getErrorStream().readAllBytes())).contains("--colour");
    }

    private Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(EngineMain.class.getName(), "--engine-id", "e"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).start();
        processes.add(process);
        return process;
    }

    private static EngineInfo readInfo(Process process) throws IOException {
        String line = firstLine(process);
        assertThat(line).startsWith(SERVES);
        return EngineInfo.parseFrom(Base64.getDecoder().decode(line.substring(SERVES.length())));
    }

    private static String firstLine(Process process) throws IOException {
        BufferedReader out = process.inputReader();
        return String.valueOf(out.readLine());
    }
}
