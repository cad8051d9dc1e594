package dev.tropical.simulator.compose;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * A GPU's measured operators, ms, as aiconfigurator's tables hold them: CSV files {@code
 * <gpu>.<operator>.csv}, gzipped or not, and {@code <gpu>.yaml} with its memory bandwidth.
 *
 * @param gemm by n, k, m
 * @param prefillAttention of one prompt, by its tokens
 * @param decodeAttention by batch, context
 * @param allReduce by elements of two bytes; empty with one GPU
 * @param bandwidth of the memory that is reached, bytes/s
 */
record OperatorTables(
        LatencyGrid gemm,
        LatencyGrid prefillAttention,
        LatencyGrid decodeAttention,
        LatencyGrid allReduce,
        double bandwidth) {

    /**
     * Reads what a rank of a model needs.
     *
     * @param rank its heads
     * @param tp GPUs that reduce together
     * @throws IOException when a file is missing or has no row for these heads or GPUs
     */
    static OperatorTables read(Path folder, String gpu, ModelShape rank, int tp)
            throws IOException {
        LatencyGrid gemm = new LatencyGrid();
        read(folder, gpu, "gemm", row -> gemm.put(row.ms(), row.at("n"), row.at("k"), row.at("m")));
        LatencyGrid prefill = new LatencyGrid();
        read(
                folder,
                gpu,
                "context_attention",
                row -> {
                    if (row.hasHeads(rank) && row.at("batch_size") == 1) {
                        prefill.put(row.ms(), row.at("isl"));
                    }
                });
        LatencyGrid decode = new LatencyGrid();
        read(
                folder,
                gpu,
                "generation_attention",
                row -> {
                    if (row.hasHeads(rank)) {
                        decode.put(row.ms(), row.at("batch_size"), row.at("step") + 1);
                    }
                });
        if (gemm.isEmpty() || prefill.isEmpty() || decode.isEmpty()) {
            throw new IOException(
                    "%s in %s has no rows for %d/%d heads a GPU (expected: measured ones)"
                            .formatted(gpu, folder, rank.heads(), rank.kvHeads()));
        }
        return new OperatorTables(
                gemm, prefill, decode, allReduce(folder, gpu, tp), bandwidth(folder, gpu));
    }

    private static LatencyGrid allReduce(Path folder, String gpu, int tp) throws IOException {
        LatencyGrid all = new LatencyGrid();
        if (tp == 1) {
            return all;
        }
        // vLLM's own kernel in a CUDA graph where it is measured, else NCCL's.
        read(
                folder,
                gpu,
                "vllm_custom_allreduce",
                row -> {
                    if (row.at("num_gpus") == tp && row.is("kernel_source", "vLLM_custom_graph")) {
                        all.put(row.ms(), row.at("message_size"));
                    }
                });
        if (all.isEmpty()) {
            read(
                    folder,
                    gpu,
                    "nccl",
                    row -> {
                        if (row.at("num_gpus") == tp && row.is("op_name", "all_reduce")) {
                            all.put(row.ms(), row.at("message_size"));
                        }
                    });
        }
        if (all.isEmpty()) {
            throw new IOException(
                    "%s in %s has no all-reduce of %d GPUs (expected: a measured one)"
                            .formatted(gpu, folder, tp));
        }
        return all;
    }

    private static double bandwidth(Path folder, String gpu) throws IOException {
        double bandwidth = 1;
        int found = 0;
        for (String line : Files.readAllLines(folder.resolve(gpu + ".yaml"))) {
            String[] parts = line.split("#", 2)[0].split(":", 2);
            String key = parts[0].strip();
            if (key.equals("mem_bw") || key.equals("mem_bw_empirical_scaling_factor")) {
                bandwidth *= Double.parseDouble(parts[1].strip());
                found++;
            }
        }
        if (found != 2) {
            throw new IOException(
                    gpu + ".yaml: (expected: mem_bw and mem_bw_empirical_scaling_factor)");
        }
        return bandwidth;
    }

    // ---- CSV

    private record Row(Map<String, String> fields) {
        double at(String column) {
            String value = fields.get(column);
            if (value == null) {
                throw new IllegalArgumentException(
                        column + " is missing (expected: a column of " + fields.keySet() + ")");
            }
            return Double.parseDouble(value);
        }

        double ms() {
            return at("latency");
        }

        boolean is(String column, String value) {
            return value.equals(fields.get(column));
        }

        boolean hasHeads(ModelShape rank) {
            return at("num_heads") == rank.heads() && at("num_key_value_heads") == rank.kvHeads();
        }
    }

    private static void read(Path folder, String gpu, String operator, Consumer<Row> use)
            throws IOException {
        Path plain = folder.resolve(gpu + "." + operator + ".csv");
        Path zipped = folder.resolve(gpu + "." + operator + ".csv.gz");
        boolean isZipped = Files.exists(zipped);
        try (InputStream file = Files.newInputStream(isZipped ? zipped : plain);
                InputStream stream = isZipped ? new GZIPInputStream(file) : file;
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            List<String> header = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                List<String> cells = List.of(line.split(",", -1));
                if (header.isEmpty()) {
                    header.addAll(cells);
                } else {
                    use.accept(row(header, cells));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IOException((isZipped ? zipped : plain) + ": " + e.getMessage(), e);
        }
    }

    private static Row row(List<String> header, List<String> cells) {
        if (cells.size() != header.size()) {
            throw new IllegalArgumentException(
                    String.join(",", cells) + " (expected: " + String.join(",", header) + ")");
        }
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < header.size(); i++) {
            fields.put(header.get(i), cells.get(i));
        }
        return new Row(fields);
    }
}
