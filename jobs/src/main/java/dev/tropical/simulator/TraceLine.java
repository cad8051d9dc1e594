package dev.tropical.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;

/** The forms in which a trace's line may come. */
final class TraceLine {
    private static final int COLUMNS = 3;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DateTimeFormatter AZURE_TIME =
            new DateTimeFormatterBuilder()
                    .appendPattern("yyyy-MM-dd HH:mm:ss")
                    .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
                    .toFormatter();

    private TraceLine() {}

    /** Mooncake's: {@code timestamp} ms, {@code input_length}, {@code output_length}, hash_ids. */
    static TraceEntry json(String line, String where) throws IOException {
        JsonNode node = JSON.readTree(line);
        if (!node.path("input_length").isInt() || !node.path("output_length").isInt()) {
            throw new IOException(where + ": (expected: timestamp, input_length, output_length)");
        }
        List<Integer> prefixIds = new ArrayList<>();
        node.path("hash_ids").forEach(id -> prefixIds.add(id.asInt()));
        return new TraceEntry(
                node.path("timestamp").asDouble(),
                node.path("input_length").asInt(),
                node.path("output_length").asInt(),
                prefixIds);
    }

    /** {@code arrival_ms,prompt_tokens,output_tokens}; Azure's first column is a date. */
    static TraceEntry csv(String line, String where) throws IOException {
        String[] columns = line.split(",", -1);
        if (columns.length != COLUMNS) {
            throw new IOException(
                    where + ": " + line + " (expected: arrival_ms,prompt_tokens,output_tokens)");
        }
        try {
            return new TraceEntry(
                    arrivedMs(columns[0].strip()),
                    Integer.parseInt(columns[1].strip()),
                    Integer.parseInt(columns[2].strip()));
        } catch (NumberFormatException | DateTimeParseException e) {
            throw new IOException(
                    where + ": " + line + " (expected: three numbers, or a date and two)", e);
        }
    }

    private static double arrivedMs(String column) {
        if (!column.contains(":")) {
            return Double.parseDouble(column);
        }
        return LocalDateTime.parse(column, AZURE_TIME).toInstant(ZoneOffset.UTC).toEpochMilli();
    }
}
