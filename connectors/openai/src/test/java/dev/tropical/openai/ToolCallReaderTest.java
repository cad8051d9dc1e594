package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.openai.ToolCallReader.Piece;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolCallReaderTest {
    private static final String TWO =
            "Let me see.\n"
                    + "<tool_call>\n"
                    + "{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}\n"
                    + "</tool_call>\n"
                    + "<tool_call>{\"name\":\"time\"}</tool_call>\n";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void shouldFindCallsHoweverTheTextIsCut(int size) {
        ToolCallReader reader = new ToolCallReader(10);

        assertThat(shown(pieces(reader, TWO, size)))
                .isEqualTo("Let me see.|weather({\"city\":\"Ulm\"})|time({})|");
        assertThat(reader.finish(new Finish(0, "stop", null)).reason()).isEqualTo("tool_calls");
        assertThat(reader.finish(new Finish(0, "length", null)).reason()).isEqualTo("length");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a < b, a <tool b and <tool_ca",
                "<tool_call>not JSON</tool_call> and more",
                "<tool_call>{\"arguments\":{}}</tool_call>",
                "<tool_call>{\"name\":7}</tool_call>",
                "<tool_call>{\"name\":\"f\",\"argum",
                "  spaces  \n everywhere \n"
            })
    void shouldLeaveWhatIsNoCallAsItWasWritten(String text) {
        for (int size = 1; size <= text.length(); size++) {
            ToolCallReader reader = new ToolCallReader(10);
            StringBuilder told = new StringBuilder();
            pieces(reader, text, size).forEach(piece -> told.append(piece.text()));
            assertThat(told).hasToString(text);
            assertThat(reader.finish(new Finish(0, "stop", null)).reason()).isEqualTo("stop");
        }
    }

    @Test
    void shouldTellTextAtOnceThatCannotBecomeACall() {
        ToolCallReader reader = new ToolCallReader(10);
        assertThat(shown(reader.read("It is"))).isEqualTo("It is|");
        assertThat(shown(reader.read(" <"))).isEmpty();
        assertThat(shown(reader.read("3"))).isEqualTo(" <3|");
    }

    @Test
    void shouldTakeACallThatTheTextEndsIn() {
        assertThat(shown(pieces(new ToolCallReader(1), "<tool_call>{\"name\":\"f\"}", 5)))
                .isEqualTo("f({})|");
    }

    @Test
    void shouldLeaveOutCallsBeyondTheFirstWhenTheClientWantsOne() {
        assertThat(shown(pieces(new ToolCallReader(1), TWO, 4)))
                .isEqualTo("Let me see.|weather({\"city\":\"Ulm\"})|");
    }

    @Test
    void shouldLookForNothingWithoutTools() {
        ToolCallReader reader = new ToolCallReader(0);
        assertThat(shown(reader.read("<tool_call>"))).isEqualTo("<tool_call>|");
        assertThat(reader.read("")).isEmpty();
        assertThat(reader.end()).isEmpty();
    }

    private static List<Piece> pieces(ToolCallReader reader, String text, int size) {
        List<Piece> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); from += size) {
            pieces.addAll(reader.read(text.substring(from, Math.min(from + size, text.length()))));
        }
        pieces.addAll(reader.end());
        return pieces;
    }

    /** Texts and calls with bars between; texts that follow each other as one. */
    private static String shown(List<Piece> pieces) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (piece.call() != null) {
                assertThat(piece.text()).isEmpty();
                shown.append(piece.call().name() + "(" + piece.call().arguments() + ")|");
            } else {
                boolean goesOn = i + 1 < pieces.size() && pieces.get(i + 1).call() == null;
                shown.append(piece.text()).append(goesOn ? "" : "|");
            }
        }
        return shown.toString();
    }
}
