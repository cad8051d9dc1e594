package dev.tropical.simulator;

import java.util.List;
import java.util.Map;

/**
 * The published results for InternLM2.5-20B on Mooncake's lengths, read off the authors' plots (+-
 * 2 %): one value a rate of {@link PaperPreset#RATES}.
 */
final class PublishedTable {
    /**
     * A system's published row.
     *
     * @param attainment %
     * @param p90Ttft seconds
     * @param p90Tpot ms
     * @param meanJct seconds
     * @param goodput requests/s at 90 %; 0 when it is below the lowest rate
     */
    record Row(
            List<Double> attainment,
            List<Double> p90Ttft,
            List<Double> p90Tpot,
            List<Double> meanJct,
            double goodput) {}

    /** By {@link SystemSpec#name}. */
    static final Map<String, Row> ROWS =
            Map.of(
                    "Tropical",
                    new Row(
                            List.of(99.5, 99.7, 98.5, 97.2, 95.9, 87.0),
                            List.of(4.1, 4.3, 3.3, 3.2, 3.6, 6.1),
                            List.of(38.0, 44.0, 54.0, 73.0, 82.0, 96.0),
                            List.of(7.7, 8.3, 8.8, 11.6, 13.3, 16.6),
                            1.735),
                    "DistServe",
                    new Row(
                            List.of(90.4, 84.4, 72.2, 63.4, 18.0, 7.5),
                            List.of(5.3, 6.5, 7.8, 12.0, 26.2, 43.6),
                            List.of(40.0, 43.0, 49.0, 51.0, 59.0, 64.0),
                            List.of(7.8, 8.5, 10.0, 11.0, 22.5, 38.1),
                            0.818),
                    "vLLM",
                    new Row(
                            List.of(90.0, 89.0, 84.4, 73.9, 70.4, 58.7),
                            List.of(2.7, 3.0, 3.5, 3.5, 3.1, 4.1),
                            List.of(75.0, 94.0, 125.0, 219.0, 239.0, 278.0),
                            List.of(8.5, 9.0, 10.5, 12.5, 14.0, 18.0),
                            0.855),
                    "vLLM chunked",
                    new Row(
                            List.of(89.0, 85.0, 80.3, 68.3, 53.2, 32.4),
                            List.of(3.6, 3.8, 4.0, 4.7, 5.0, 6.8),
                            List.of(98.0, 132.0, 177.0, 258.0, 271.0, 314.0),
                            List.of(9.0, 10.0, 11.5, 14.2, 18.3, 26.9),
                            0));

    private PublishedTable() {}
}
