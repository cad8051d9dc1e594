package dev.tropical.simulator;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The published results of arXiv 2606.16264; a resource beside this class. */
final class PublishedTables {
    /** InternLM2.5-20B, tp 2, Mooncake's lengths; 0.8 to 1.8 requests/s. */
    static final String INTERNLM_MOONCAKE = "internlm-mooncake";

    /** Llama-2-70B, tp 4, LongBench's lengths; 0.1 to 0.5 requests/s. */
    static final String LLAMA_LONGBENCH = "llama-longbench";

    /** InternLM2.5-20B, tp 2, LongBench's lengths; 0.4 to 1.2 requests/s. */
    static final String INTERNLM_LONGBENCH = "internlm-longbench";

    private static final String RESOURCE = "published.csv";
    private static final int COLUMNS = 7;

    private PublishedTables() {}

    /**
     * One comparison's rows, by {@link SystemSpec#name}.
     *
     * @throws IOException when the resource has none of that name, or a line of another form
     */
    static Map<String, PublishedRow> of(String comparison) throws IOException {
        Map<String, PublishedRow> rows = new HashMap<>();
        for (String line : lines()) {
            String[] cells = line.split(",", -1);
            if (cells.length != COLUMNS) {
                throw new IOException(RESOURCE + ": " + line + " (expected: 7 columns)");
            }
            if (cells[0].equals(comparison)) {
                rows.put(cells[1], row(cells));
            }
        }
        if (rows.isEmpty()) {
            throw new IOException(RESOURCE + ": no '" + comparison + "' (expected: some rows)");
        }
        return rows;
    }

    private static PublishedRow row(String[] cells) {
        return new PublishedRow(
                numbers(cells[2]),
                numbers(cells[3]),
                numbers(cells[4]),
                numbers(cells[5]),
                Double.parseDouble(cells[6]));
    }

    private static List<Double> numbers(String cell) {
        return cell.isEmpty()
                ? List.of()
                : Arrays.stream(cell.split(" ")).map(Double::valueOf).toList();
    }

    private static List<String> lines() throws IOException {
        InputStream stream = PublishedTables.class.getResourceAsStream(RESOURCE);
        if (stream == null) {
            throw new IOException(RESOURCE + " is missing (expected: in the jar)");
        }
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        }
    }
}
