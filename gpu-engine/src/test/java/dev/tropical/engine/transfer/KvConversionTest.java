package dev.tropical.engine.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.DType;
import dev.tropical.protocol.wire.KvType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class KvConversionTest {
    private static ByteBuffer floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer;
    }

    @Test
    void shouldRoundForGpusAndWidenForCpus() {
        KvConversion toGpu = KvConversion.of(KvType.KV_FLOAT32, DType.BF16);
        ByteBuffer rounded = toGpu.convert(floats(1, -2.5f, 1.00390625f, 1.01171875f));
        assertThat(rounded.remaining()).isEqualTo(8);
        KvConversion toCpu = KvConversion.of(KvType.KV_BFLOAT16, DType.F32);
        ByteBuffer widened = toCpu.convert(rounded);
        float[] values = new float[4];
        widened.asFloatBuffer().get(values);
        // 1 + 2^-8 and 1 + 3 * 2^-8 lie in the middle of two numbers, and ties go to the even one.
        assertThat(values).containsExactly(1, -2.5f, 1, 1.015625f);
    }

    @Test
    void shouldSayWhereASendersBytesBelong() {
        KvConversion toGpu = KvConversion.of(KvType.KV_FLOAT32, DType.BF16);
        assertThat(toGpu.sentBytes(1000)).isEqualTo(2000);
        assertThat(toGpu.ownBytes(512)).isEqualTo(256);
        KvConversion toCpu = KvConversion.of(KvType.KV_BFLOAT16, DType.F32);
        assertThat(toCpu.sentBytes(1000)).isEqualTo(500);
        assertThat(toCpu.ownBytes(512)).isEqualTo(1024);
    }

    @Test
    void shouldLeaveEqualTypesAlone() {
        ByteBuffer frame = floats(1, 2, 3);
        for (KvType type : new KvType[] {KvType.KV_TYPE_UNSPECIFIED, KvType.KV_FLOAT32}) {
            assertThat(KvConversion.of(type, DType.F32).convert(frame)).isSameAs(frame);
        }
        assertThat(KvConversion.announced(DType.F32)).isEqualTo(KvType.KV_FLOAT32);
        assertThat(KvConversion.announced(DType.BF16)).isEqualTo(KvType.KV_BFLOAT16);
    }
}
