package dev.tropical.e2e;

import dev.tropical.launch.EngineClassPath;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documentation's table of fields. */
final class FieldTable {
    private static final Pattern ROW =
            Pattern.compile(
                    "(?m)^\\| `(\\w+)` \\| (supported|refused|ignored) \\| `(.+?)` \\| .*\\|$");

    private FieldTable() {}

    /**
     * @param value JSON
     */
    record Row(String path, String field, boolean isRefused, String value) {
        /** A small call with the field. */
        String body() {
            boolean isText = path.equals(GatewayCalls.COMPLETIONS);
            String input =
                    isText
                            ? "\"prompt\":\"Once upon a time\""
                            : "\"messages\":[{\"role\":\"user\",\"content\":\"What is a"
                                    + " stream?\"}]";
            StringBuilder body = new StringBuilder("{");
            if (!field.equals("prompt") && !field.equals("messages")) {
                body.append(input).append(',');
            }
            if (!field.equals("max_tokens") && !field.equals("max_completion_tokens")) {
                body.append("\"max_tokens\":3,");
            }
            if (field.equals("stream_options")) {
                body.append("\"stream\":true,");
            }
            if (field.equals("top_logprobs")) {
                body.append("\"logprobs\":true,");
            }
            return body + "\"" + field + "\":" + value + "}";
        }

        @Override
        public String toString() {
            return path + " " + field;
        }
    }

    static Stream<Row> rows() throws IOException {
        String text = Files.readString(EngineClassPath.home().resolve("docs/OPENAI.md"));
        String[] sections = text.split("\n### ");
        return Stream.concat(
                rows(GatewayCalls.COMPLETIONS, sections[1]), rows(GatewayCalls.CHAT, sections[2]));
    }

    private static Stream<Row> rows(String path, String section) {
        Matcher row = ROW.matcher(section);
        return row.results()
                .map(
                        found ->
                                new Row(
                                        path,
                                        found.group(1),
                                        found.group(2).equals("refused"),
                                        found.group(3)));
    }
}
