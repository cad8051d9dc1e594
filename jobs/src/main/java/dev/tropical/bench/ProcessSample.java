package dev.tropical.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a JVM on this Linux machine holds at a moment.
 *
 * @param heapBytes what is left of its heap after a full collection
 * @param residentBytes of memory, all of it
 */
public record ProcessSample(long heapBytes, long residentBytes, int threads, int openFiles) {
    /** The sum of {@code jcmd GC.class_histogram}: objects, bytes. */
    private static final Pattern LIVE = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)$");

    private static final Pattern STATUS = Pattern.compile("(VmRSS|Threads):\\s+(\\d+)");
    private static final long JCMD_SECONDS = 30;

    /**
     * Collects its garbage, and looks.
     *
     * @throws IOException when the process has gone, or is no JVM of this user
     */
    public static ProcessSample of(long pid) throws IOException, InterruptedException {
        // Counted while all threads stand: what they allocate between two commands is megabytes.
        String histogram = jcmd(pid, "GC.class_histogram");
        Matcher live = LIVE.matcher(histogram);
        if (!live.find()) {
            throw new IOException("jcmd " + pid + " GC.class_histogram has no total");
        }
        long heap = Long.parseLong(live.group(1));
        long resident = 0;
        int threads = 0;
        Matcher status = STATUS.matcher(Files.readString(proc(pid, "status")));
        while (status.find()) {
            long value = Long.parseLong(status.group(2));
            if (status.group(1).equals("Threads")) {
                threads = (int) value;
            } else {
                resident = value << 10;
            }
        }
        try (Stream<Path> files = Files.list(proc(pid, "fd"))) {
            return new ProcessSample(heap, resident, threads, (int) files.count());
        }
    }

    private static Path proc(long pid, String file) {
        return Path.of("/proc", Long.toString(pid), file);
    }

    private static String jcmd(long pid, String command) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process =
                new ProcessBuilder(jcmd.toString(), Long.toString(pid), command)
                        .redirectErrorStream(true)
                        .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (!process.waitFor(JCMD_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("jcmd " + pid + " " + command + ": " + output.strip());
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
