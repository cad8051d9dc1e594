package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolsReaderTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null                                      | f g",
                "\"auto\"                                  | f g",
                "\"none\"                                  | ``",
                "{\"type\":\"function\",\"function\":{\"name\":\"g\"}} | g"
            })
    void shouldShowTheToolsThatTheClientChose(String choice, String shown) throws Exception {
        List<?> tools = new ToolsReader(fields(choice)).read();

        assertThat(tools == null ? "" : names(tools)).isEqualTo(shown);
    }

    private static String names(List<?> tools) {
        return tools.stream()
                .map(tool -> ((Map<?, ?>) ((Map<?, ?>) tool).get("function")).get("name"))
                .map(String::valueOf)
                .collect(Collectors.joining(" "));
    }

    private static Fields fields(String choice) throws JsonProcessingException {
        String body =
                "{\"tools\":[{\"function\":{\"name\":\"f\"}},{\"function\":{\"name\":\"g\"}}],"
                        + "\"tool_choice\":"
                        + choice
                        + "}";
        return new Fields((ObjectNode) new ObjectMapper().readTree(body), "");
    }
}
