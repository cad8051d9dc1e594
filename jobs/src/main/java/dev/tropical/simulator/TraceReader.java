package dev.tropical.simulator;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;

/**
 * Reads request lengths: CSV lines {@code arrival_ms,prompt_tokens,output_tokens} under a header,
 * the same with dates as Azure writes them, or JSON lines in Mooncake's form ({@code timestamp},
 * {@code input_length}, {@code output_length}, {@code hash_ids}); all may be gzipped. Lines without
 * a prompt or an output are left out.
 */
public final class TraceReader {
    private static final String MOONCAKE = "mooncake";

    /** Traces that come with the project, by name; resources beside this class. */
    private static final Map<String, String> RESOURCES =
            Map.of(
                    MOONCAKE,
                    "mooncake_synthetic.csv",
                    "azure-code",
                    "azure_code.csv",
                    "longbench-llama2",
                    "longbench_llama2.csv",
                    "longbench-llama3",
                    "longbench_llama3.csv");

    /** No trace lasts for thirty years: later arrivals are dates. */
    private static final double DATES_FROM_MS = 1e12;

    private TraceReader() {}

    /** The lengths of Mooncake's synthetic trace, 3,993 requests. */
    public static List<TraceEntry> mooncake() throws IOException {
        return named(MOONCAKE);
    }

    /**
     * A trace that comes with the project.
     *
     * @throws IOException when there is none of that name
     */
    public static List<TraceEntry> named(String name) throws IOException {
        String resource = RESOURCES.getOrDefault(name, name);
        InputStream stream = TraceReader.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new IOException(
                    "workload: '" + name + "' (expected: one of " + names() + ", or a file)");
        }
        try (BufferedReader lines = reader(stream)) {
            return read(lines, resource);
        }
    }

    /** Names of the traces that come with the project. */
    public static Set<String> names() {
        return new TreeSet<>(RESOURCES.keySet());
    }

    /**
     * @throws IOException when the file cannot be read, or a line is neither form; the message
     *     names it
     */
    public static List<TraceEntry> read(Path file) throws IOException {
        InputStream stream = Files.newInputStream(file);
        boolean isZipped = file.toString().endsWith(".gz");
        try (BufferedReader lines = reader(isZipped ? new GZIPInputStream(stream) : stream)) {
            return read(lines, file.toString());
        }
    }

    private static BufferedReader reader(InputStream stream) {
        return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    /**
     * @param name of the source, in messages
     */
    static List<TraceEntry> read(BufferedReader lines, String name) throws IOException {
        List<TraceEntry> entries = new ArrayList<>();
        int number = 0;
        boolean isHeaderDue = true;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            boolean isJson = line.startsWith("{");
            if (isHeaderDue && !isJson) {
                isHeaderDue = false;
                continue;
            }
            String where = name + ":" + number;
            TraceEntry entry = isJson ? TraceLine.json(line, where) : TraceLine.csv(line, where);
            if (entry.promptTokens() > 0 && entry.outputTokens() > 0) {
                entries.add(entry);
            }
        }
        if (entries.isEmpty()) {
            throw new IOException(name + ": no requests (expected: at least one)");
        }
        return fromZero(entries);
    }

    /** The first line arrives at 0: dates count from then. */
    private static List<TraceEntry> fromZero(List<TraceEntry> entries) {
        double startMs = entries.get(0).arrivedMs();
        return startMs < DATES_FROM_MS
                ? entries
                : entries.stream()
                        .map(
                                entry ->
                                        new TraceEntry(
                                                entry.arrivedMs() - startMs,
                                                entry.promptTokens(),
                                                entry.outputTokens()))
                        .toList();
    }
}
