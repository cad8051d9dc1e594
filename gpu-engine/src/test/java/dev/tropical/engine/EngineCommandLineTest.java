package dev.tropical.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.bulk.BulkAddress;
import dev.tropical.engine.model.LinkKind;
import dev.tropical.protocol.wire.Role;
import dev.tropical.sockets.SocketSecurity;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineCommandLineTest {

    @Test
    void shouldTakeEveryDocumentedOption() {
        EngineOptions options =
                parse(
                        ("--role prefill --cell 3 --host 127.0.0.1 --command-port 1 --status-port 2"
                             + " --device cuda --load-format dummy --max-model-len 512 --block-size"
                             + " 32 --num-blocks 100 --max-num-seqs 4 --max-num-batched-tokens 64"
                             + " --gpu-memory-utilization 0.5 --no-enable-chunked-prefill"
                             + " --no-enable-prefix-caching --no-overlap --threads 2 --parent-stdin"
                             + " --step-ms 0.5")
                                .split(" "));
        assertThat(options.identity()).isEqualTo(new IdentityOptions("e", Role.PREFILL, 3));
        assertThat(options.cache()).isEqualTo(new CacheOptions(32, 100, 0, 0.5, false));
        assertThat(options.batch()).isEqualTo(new BatchOptions(4, 64, false));
        assertThat(options.loop().isOverlapped()).isFalse();
        assertThat(options.model().device()).isEqualTo(Device.CUDA);
        assertThat(options.model().stepMs()).isEqualTo(0.5);
        assertThat(options.isParentWatched()).isTrue();
    }

    @Test
    void shouldChunkCacheAndOverlapUnlessToldOtherwise() {
        EngineOptions options = parse();
        assertThat(options.batch().isChunkedPrefill()).isTrue();
        assertThat(options.cache().isPrefixCaching()).isTrue();
        assertThat(options.loop().isOverlapped()).isTrue();
        EngineOptions asked =
                parse("--enable-chunked-prefill", "--enable-prefix-caching", "--overlap");
        assertThat(asked.batch().isChunkedPrefill()).isTrue();
        assertThat(asked.cache().isPrefixCaching()).isTrue();
        assertThat(asked.loop().isOverlapped()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "--block-size, 12, a power of two",
        "--num-blocks, -1, at least 0",
        "--max-num-seqs, 0, at least 1",
        "--max-num-batched-tokens, 8, at least max-num-seqs",
        "--gpu-memory-utilization, 1.5, at most 1",
        "--command-port, 70000, 0 to 65535",
        "--cell, -1, at least 0",
        "--step-ms, -1, 0 to 60000",
        "--max-model-len, -5, at least 0",
        "--engine-id, a b, A-Z",
    })
    void shouldSayWhatWasExpected(String option, String value, String expected) {
        assertThatThrownBy(() -> parse(option, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(value)
                .hasMessageContaining(expected);
    }

    @Test
    void shouldCopyKvBlocksBetweenGpusAlone() {
        assertThat(parse("--device", "cuda", "--kv-link", "copy").model().linkKind())
                .isEqualTo(LinkKind.COPY);
        assertThatThrownBy(() -> parse("--device", "cpu", "--kv-link", "copy"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kv-link: copy (expected: only with device cuda)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.7", "2001:db8::7"})
    void shouldNotListenOffThisHostWithoutKeys(String host) {
        assertThatThrownBy(() -> parse("--host", host))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(host)
                .hasMessageContaining("--keys DIR, made by tropical keys; or --no-curve");
        assertThat(parse("--host", host, "--no-curve").io().security())
                .isSameAs(SocketSecurity.NONE);
        assertThatThrownBy(() -> parse("--host", host, "--keys", "nowhere"))
                .hasMessageContaining("engine.key cannot be read");
        assertThatThrownBy(() -> parse("--host", host, "--keys", "nowhere", "--no-curve"))
                .hasMessageContaining("one of them");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.9", "::1"})
    void shouldSpeakClearTextOnThisHostUnlessToldOtherwise(String host) {
        assertThat(parse("--host", host).io().security()).isSameAs(SocketSecurity.NONE);
    }

    @Test
    void shouldMoveKvInClearTextOnlyWhenGivenAnAddressForIt() {
        assertThat(parse().io().bulk()).isEmpty();
        assertThat(parse("--kv-host", "10.1.2.3", "--kv-port", "7001").io().bulk())
                .contains(new BulkAddress("10.1.2.3", 7001));
        assertThatThrownBy(() -> parse("--kv-port", "7001"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--kv-host");
        assertThatThrownBy(() -> parse("--kv-host", "h", "--kv-port", "-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kv-port: -1");
    }

    @Test
    void shouldRefuseTwoSizesOfOneCache() {
        assertThatThrownBy(() -> parse("--num-blocks", "5", "--kv-cache-bytes", "5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one of the two");
    }

    private static EngineOptions parse(String... options) {
        EngineCommandLine line = new EngineCommandLine();
        List<String> args = new ArrayList<>(List.of("--model", "m"));
        args.addAll(List.of(options));
        if (!args.contains("--engine-id")) {
            args.addAll(List.of("--engine-id", "e"));
        }
        EngineCommandLine.parser(line).parseArgs(args.toArray(String[]::new));
        return line.toOptions();
    }
}
