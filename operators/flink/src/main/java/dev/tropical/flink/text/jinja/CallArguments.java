package dev.tropical.flink.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arguments of a call as they stand in the template. */
record CallArguments(List<Expression> positional, Map<String, Expression> named) {
    Arguments evaluate(Scope scope) {
        List<Object> values = new ArrayList<>(positional.size());
        positional.forEach(argument -> values.add(argument.evaluate(scope)));
        Map<String, Object> namedValues = new LinkedHashMap<>();
        named.forEach((name, argument) -> namedValues.put(name, argument.evaluate(scope)));
        return new Arguments(values, namedValues);
    }
}
