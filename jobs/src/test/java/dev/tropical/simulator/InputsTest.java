package dev.tropical.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Traces. */
class InputsTest {
    private static List<TraceEntry> trace(String text) throws IOException {
        return TraceReader.read(new BufferedReader(new StringReader(text)), "trace");
    }

    @Test
    void shouldReadCsvUnderAHeader() throws IOException {
        assertThat(trace("# where from\narrival_ms,prompt,output\n1.5,20,3\n\n2,7,0\n9,8,1\n"))
                .as("a line without output is left out")
                .containsExactly(new TraceEntry(1.5, 20, 3), new TraceEntry(9, 8, 1));
    }

    @Test
    void shouldReadMooncakesJsonLines() throws IOException {
        assertThat(
                        trace(
                                "{\"timestamp\": 3, \"input_length\": 40, \"output_length\": 6,"
                                        + " \"hash_ids\": [0, 1]}\n"))
                .containsExactly(new TraceEntry(3, 40, 6, List.of(0, 1)));
    }

    @Test
    void shouldReadAzuresDatesFromTheFirst() throws IOException {
        assertThat(
                        trace(
                                "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                        + "2023-11-16 18:17:03.9799600,4808,10\n"
                                        + "2023-11-16 18:17:04.0319600,3180,8\n"))
                .containsExactly(new TraceEntry(0, 4808, 10), new TraceEntry(52, 3180, 8));
    }

    @Test
    void shouldNameTheLineThatIsNeither() {
        assertThatThrownBy(() -> trace("header\n1,2\n"))
                .hasMessage("trace:2: 1,2 (expected: arrival_ms,prompt_tokens,output_tokens)");
        assertThatThrownBy(() -> trace("header\n1,2,x\n")).hasMessageContaining("trace:2");
        assertThatThrownBy(() -> trace("{\"timestamp\": 3}\n")).hasMessageContaining("trace:1");
        assertThatThrownBy(() -> trace("header\n")).hasMessageContaining("no requests");
    }

    @Test
    void shouldHoldMooncakesSyntheticTrace() throws IOException {
        List<TraceEntry> entries = TraceReader.mooncake();
        assertThat(entries).hasSize(3_993);
        assertThat(entries.stream().mapToInt(TraceEntry::promptTokens).average().orElse(0))
                .isBetween(15_320.0, 15_330.0);
    }
}
