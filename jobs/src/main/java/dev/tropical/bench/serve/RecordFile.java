package dev.tropical.bench.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's records as gzipped JSON lines: a line about the run, one a request as they end, and a
 * last one that says that the run is complete. Each is on the disk when {@link #append} returns, so
 * that a run that breaks off leaves what it has. One thread.
 */
public final class RecordFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordFile.class);
    private static final int BUFFER = 64 << 10;
    private static final String UNTIL = "measured_until_ms";
    private static final double NS_PER_MS = 1e6;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GZIPOutputStream out;

    private RecordFile(GZIPOutputStream out) {
        this.out = out;
    }

    /**
     * Begins a file, over an older one.
     *
     * @param about the run, for readers and people
     */
    public static RecordFile create(Path file, Map<String, String> about) throws IOException {
        RecordFile records =
                new RecordFile(new GZIPOutputStream(Files.newOutputStream(file), BUFFER, true));
        ObjectNode line = JSON.createObjectNode();
        about.forEach(line.putObject("run")::put);
        records.write(line.toString());
        return records;
    }

    /** Adds a request. */
    public void append(RequestRecord record) throws IOException {
        write(RecordJson.write(record));
    }

    /** Says that nothing is missing. */
    public void complete() throws IOException {
        completeUntil(Long.MAX_VALUE);
    }

    /**
     * Says that nothing is missing, and that requests count which were due before an instant: the
     * run was stopped then.
     *
     * @param endNs in the run; {@code Long.MAX_VALUE}: all count
     */
    void completeUntil(long endNs) throws IOException {
        ObjectNode line = JSON.createObjectNode().put("complete", true);
        if (endNs != Long.MAX_VALUE) {
            line.put(UNTIL, RecordJson.rounded(endNs / NS_PER_MS));
        }
        write(line.toString());
    }

    private void write(String line) throws IOException {
        out.write((line + "\n").getBytes(UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /**
     * What a file holds.
     *
     * @param about the run
     * @param records in the order in which they ended
     * @param isComplete whether the run came to its end
     */
    public record Content(
            Map<String, String> about, List<RequestRecord> records, boolean isComplete) {
        public Content {
            about = Map.copyOf(about);
            records = List.copyOf(records);
        }
    }

    /**
     * Reads a file, of a run that broke off as far as it goes.
     *
     * @throws IOException when a line within it is no record
     */
    public static Content read(Path file) throws IOException {
        Map<String, String> about = new TreeMap<>();
        List<RequestRecord> records = new ArrayList<>();
        boolean isComplete = false;
        double untilMs = Double.POSITIVE_INFINITY;
        for (String line : lines(file)) {
            JsonNode json = JSON.readTree(line);
            if (json.has("run")) {
                json.get("run")
                        .properties()
                        .forEach(field -> about.put(field.getKey(), field.getValue().asText()));
            } else if (json.has("complete")) {
                isComplete = true;
                untilMs = json.path(UNTIL).asDouble(untilMs);
            } else {
                records.add(RecordJson.read(json));
            }
        }
        long endNs = Math.round(RecordJson.rounded(untilMs) * NS_PER_MS);
        records.replaceAll(
                record -> record.request().arrivedNs() < endNs ? record : record.leftOut());
        return new Content(about, records, isComplete);
    }

    private static List<String> lines(Path file) throws IOException {
        String text = readable(file).toString(UTF_8);
        // A writer that was ended in the middle leaves half a line.
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        return whole.lines().toList();
    }

    /** All that can be unzipped: a reader with a buffer would lose what comes before the end. */
    private static ByteArrayOutputStream readable(Path file) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                text.write(buffer, 0, read);
            }
        } catch (EOFException e) {
            LOG.debug("{} has no end", file, e);
        }
        return text;
    }
}
