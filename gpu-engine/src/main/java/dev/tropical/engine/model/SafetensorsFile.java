package dev.tropical.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one safetensors file: 8 bytes of header length (little endian), a JSON header, then the
 * elements. The file may come from anywhere: each number in the header is checked before it is
 * used.
 *
 * <p>Tensors stay on the memory map; backends copy them into arrays once, because the Vector API
 * has no way to load from memory outside the heap that exists both on JDK 17 and on 25.
 */
final class SafetensorsFile {
    /** As the reference implementation: a longer header is refused before memory is allocated. */
    private static final int MAX_HEADER_BYTES = 100_000_000;

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final Path file;
    private final FileChannel channel;
    private final long dataStart;
    private final long dataBytes;

    private SafetensorsFile(Path file, FileChannel channel, long headerBytes) throws IOException {
        this.file = file;
        this.channel = channel;
        this.dataStart = 8 + headerBytes;
        this.dataBytes = channel.size() - dataStart;
    }

    /**
     * The file's tensors by name, in the header's order.
     *
     * @throws ModelLoadException when the file cannot be read or its header is not valid; the
     *     message names the file and the tensor
     */
    static Map<String, Tensor> read(Path file) throws ModelLoadException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] header = readHeader(file, channel);
            return new SafetensorsFile(file, channel, header.length).tensors(header);
        } catch (IOException e) {
            throw new ModelLoadException(file + ": cannot be read: " + e, e);
        }
    }

    private static byte[] readHeader(Path file, FileChannel channel)
            throws IOException, ModelLoadException {
        long size = channel.size();
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        if (size < 8 || !fill(channel, length, 0)) {
            throw new ModelLoadException(
                    file + ": " + size + " bytes (expected: a safetensors file of 8 or more)");
        }
        long headerBytes = length.getLong(0);
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - 8) {
            throw new ModelLoadException(
                    file
                            + ": header of "
                            + Long.toUnsignedString(headerBytes)
                            + " bytes (expected: 2 to "
                            + Math.min(MAX_HEADER_BYTES, size - 8)
                            + "; the file is cut off or no safetensors file)");
        }
        ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
        if (!fill(channel, header, 8)) {
            throw new ModelLoadException(file + ": ended within its header");
        }
        return header.array();
    }

    private static boolean fill(FileChannel channel, ByteBuffer buffer, long position)
            throws IOException {
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, position + buffer.position());
            if (read < 0) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Tensor> tensors(byte[] header) throws IOException, ModelLoadException {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    file + ": header is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new ModelLoadException(file + ": header (expected: a JSON object)");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
            }
        }
        return tensors;
    }

    private Tensor tensor(String name, JsonNode node) throws IOException, ModelLoadException {
        DType dtype =
                Arrays.stream(DType.values())
                        .filter(type -> type.name().equals(node.path("dtype").asText()))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        fault(
                                                name,
                                                "dtype",
                                                node,
                                                "one of " + List.of(DType.values())));
        int[] shape = shape(name, node);
        long elements = 1;
        for (int size : shape) {
            elements *= size;
            if (elements > Integer.MAX_VALUE) {
                throw fault(name, "shape", node, "fewer than 2^31 elements, as an array holds");
            }
        }
        JsonNode offsets = node.path("data_offsets");
        long begin = offsets.path(0).asLong(-1);
        long end = offsets.path(1).asLong(-1);
        boolean isPair =
                offsets.size() == 2
                        && offsets.get(0).isIntegralNumber()
                        && offsets.get(1).isIntegralNumber();
        if (!isPair || begin < 0 || end < begin || end > dataBytes) {
            throw fault(
                    name,
                    "data_offsets",
                    node,
                    "a range within the file's " + dataBytes + " bytes");
        }
        if (end - begin != elements * dtype.bytes()) {
            throw fault(
                    name, "data_offsets", node, elements * dtype.bytes() + " bytes for its shape");
        }
        long position = dataStart + begin;
        return new Tensor(name, dtype, shape, file, position, map(position, end - begin));
    }

    private int[] shape(String name, JsonNode node) throws ModelLoadException {
        JsonNode sizes = node.path("shape");
        int[] shape = new int[sizes.size()];
        for (int i = 0; i < shape.length; i++) {
            if (!sizes.get(i).canConvertToInt()
                    || !sizes.get(i).isIntegralNumber()
                    || sizes.get(i).intValue() < 1) {
                throw fault(name, "shape", node, "positive numbers below 2^31");
            }
            shape[i] = sizes.get(i).intValue();
        }
        if (!sizes.isArray()) {
            throw fault(name, "shape", node, "a list");
        }
        return shape;
    }

    private List<MappedByteBuffer> map(long position, long bytes) throws IOException {
        List<MappedByteBuffer> segments = new ArrayList<>();
        for (long done = 0; done < bytes; done += Tensor.SEGMENT_BYTES) {
            long length = Math.min(Tensor.SEGMENT_BYTES, bytes - done);
            segments.add(channel.map(FileChannel.MapMode.READ_ONLY, position + done, length));
        }
        return segments;
    }

    private ModelLoadException fault(String name, String key, JsonNode node, String expected) {
        return new ModelLoadException(
                file
                        + ": tensor "
                        + name
                        + ": "
                        + key
                        + ": "
                        + node.path(key)
                        + " (expected: "
                        + expected
                        + ")");
    }
}
