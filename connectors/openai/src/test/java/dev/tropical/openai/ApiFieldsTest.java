package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.openai.ApiField.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table in the documentation lists the fields that the gateway knows, and no others. */
class ApiFieldsTest {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(\\w+)` \\| (supported|refused|ignored) \\|");

    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void shouldBeTheDocumentedOnes(Endpoint endpoint) throws IOException {
        Map<String, String> known = new TreeMap<>();
        for (ApiField field : ApiFields.of(endpoint).all()) {
            known.put(field.name(), word(field.use()));
        }

        assertThat(documented(endpoint)).isEqualTo(known);
    }

    private static String word(Use use) {
        return switch (use) {
            case FORWARDED, GATEWAY -> "supported";
            case IGNORED -> "ignored";
            case REFUSED -> "refused";
        };
    }

    private static Map<String, String> documented(Endpoint endpoint) throws IOException {
        String text = Files.readString(Path.of("../../docs/OPENAI.md"));
        String[] sections = text.split("\n### ");
        String section = sections[endpoint == Endpoint.COMPLETIONS ? 1 : 2];
        Map<String, String> documented = new TreeMap<>();
        Matcher row = ROW.matcher(section);
        while (row.find()) {
            documented.put(row.group(1), row.group(2));
        }
        return documented;
    }
}
