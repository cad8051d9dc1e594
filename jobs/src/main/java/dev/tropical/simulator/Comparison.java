package dev.tropical.simulator;

import java.util.List;
import java.util.Map;

/**
 * Systems over the same requests, at the same rates, beside what was published of them.
 *
 * @param title for people
 * @param workload of all
 * @param rates requests a second
 * @param systems compared
 * @param published by {@link SystemSpec#name}; of systems that the paper has
 */
public record Comparison(
        String title,
        Workload workload,
        List<Double> rates,
        List<SystemSpec> systems,
        Map<String, PublishedRow> published) {
    public Comparison {
        rates = List.copyOf(rates);
        systems = List.copyOf(systems);
        published = Map.copyOf(published);
    }

    /** The same workload and rates for other systems, of which nothing was published. */
    Comparison of(String otherTitle, List<SystemSpec> others) {
        return new Comparison(otherTitle, workload, rates, others, Map.of());
    }
}
