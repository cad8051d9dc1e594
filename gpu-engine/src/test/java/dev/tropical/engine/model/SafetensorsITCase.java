package dev.tropical.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files come from anywhere: whatever their header says, the answer is a tensor or a clear error.
 */
class SafetensorsITCase {
    @TempDir Path folder;

    @Test
    void shouldReadEachTypeExactly() throws Exception {
        ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-0.1f);
        data.putShort((short) 0x3fc0).putShort((short) 0xc000);
        data.putShort((short) 0x3e00).putShort((short) 0x8001);
        write(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]},"
                        + "\"c\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[12,16]}}",
                data.array());
        Checkpoint checkpoint = Checkpoint.open(folder);
        assertThat(read(checkpoint.get("a", 1, 2), 2)).containsExactly(1.5f, -0.1f);
        assertThat(read(checkpoint.get("b", 2), 2)).containsExactly(1.5f, -2f);
        assertThat(read(checkpoint.get("c", 2), 2)).containsExactly(1.5f, -0x1p-24f);
        assertThat(checkpoint.has("__metadata__")).isFalse();
    }

    @Test
    void shouldConvertEveryHalf() {
        for (int bits = 0; bits < 0x10000; bits++) {
            int exponent = bits >> 10 & 31;
            int mantissa = bits & 1023;
            double magnitude =
                    exponent == 0
                            ? mantissa * 0x1p-24
                            : (1024 + mantissa) * Math.pow(2, exponent - 25);
            if (exponent == 31) {
                magnitude = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            double expected = bits < 0x8000 ? magnitude : -magnitude;
            assertThat((double) Tensor.fromHalf((short) bits)).isEqualTo(Double.valueOf(expected));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}   | data_offsets
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}   | data_offsets
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}   | data_offsets
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}    | data_offsets
                    {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}    | 4 bytes for its shape
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[0]}}      | data_offsets
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}} | data_offsets
                    {"t":{"dtype":"F32","shape":[2],"data_offsets":["0","8"]}} | data_offsets
                    {"t":{"dtype":"F32","shape":[2]}}                         | data_offsets
                    {"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}   | shape
                    {"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}    | shape
                    {"t":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}      | shape
                    {"t":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}  | shape
                    {"t":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,8]}} | 2^31 elements
                    {"t":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}} | 2^31
                    {"t":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}    | dtype: "I64"
                    {"t":{"shape":[2],"data_offsets":[0,8]}}                  | dtype
                    {"t":7}                                                   | dtype
                    """)
    void shouldNameTheTensorThatIsNotValid(String header, String expected) throws Exception {
        write(header, new byte[8]);
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("model.safetensors: tensor t: ")
                .hasMessageContaining(expected);
    }

    @Test
    void shouldNameTheFileThatIsNotValid() throws Exception {
        Path file = folder.resolve("model.safetensors");
        assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageContaining("no weights");
        Files.write(file, new byte[3]);
        assertFault("3 bytes");
        Files.write(file, header(Long.MAX_VALUE, "{}"));
        assertFault("header of 9223372036854775807 bytes");
        Files.write(file, header(-1, "{}"));
        assertFault("header of 18446744073709551615 bytes");
        Files.write(file, header(3, "{}"));
        assertFault("header of 3 bytes");
        Files.write(file, header(2, "{x"));
        assertFault("not JSON");
        Files.write(file, header(2, "[]"));
        assertFault("a JSON object");
        String twice = "{\"t\":{},\"t\":{}}";
        Files.write(file, header(twice.length(), twice));
        assertFault("Duplicate field 't'");
    }

    private void assertFault(String expected) {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("model.safetensors: ")
                .hasMessageContaining(expected);
    }

    @Test
    void shouldNameAWrongShapeAndAMissingTensor() throws Exception {
        write("{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", new byte[8]);
        Checkpoint checkpoint = Checkpoint.open(folder);
        assertThatThrownBy(() -> checkpoint.get("t", 1, 2))
                .hasMessageContaining("tensor t: shape [2] (expected: [1, 2]");
        assertThatThrownBy(() -> checkpoint.get("u", 4)).hasMessageContaining("no tensor u");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"weight_map":{"t":"a.safetensors"}}      | a.safetensors: cannot be read
                    {"weight_map":{"t":"../a.safetensors"}}   | tensor t in '../a.safetensors'
                    {"weight_map":{"t":"pytorch_model.bin"}}  | tensor t in 'pytorch_model.bin'
                    {"weight_map":{"u":"model.safetensors"}}  | no tensor u
                    {"weight_map":[]}                         | weight_map
                    {}                                        | weight_map
                    [                                         | not JSON
                    """)
    void shouldSayWhatIsWrongWithAnIndex(String index, String expected) throws Exception {
        write("{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", new byte[8]);
        Files.writeString(folder.resolve("model.safetensors.index.json"), index);
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining(expected);
    }

    private static float[] read(Tensor tensor, int count) {
        float[] values = new float[count];
        tensor.read(0, values, count);
        return values;
    }

    private void write(String header, byte[] data) throws IOException {
        byte[] head = header(header.length(), header);
        byte[] file = Arrays.copyOf(head, head.length + data.length);
        System.arraycopy(data, 0, file, head.length, data.length);
        Files.write(folder.resolve("model.safetensors"), file);
    }

    private static byte[] header(long length, String json) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(text)
                .array();
    }
}
