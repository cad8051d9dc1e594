package dev.tropical.simulator;

import java.util.List;
import java.util.Map;

/** The published results of arXiv 2606.16264, by {@link SystemSpec#name}. */
final class PublishedTables {
    /** InternLM2.5-20B, tp 2, Mooncake's lengths; 0.8 to 1.8 requests/s. */
    static final Map<String, PublishedRow> INTERNLM_MOONCAKE =
            Map.of(
                    "Tropical",
                    new PublishedRow(
                            List.of(99.5, 99.7, 98.5, 97.2, 95.9, 87.0),
                            List.of(4.1, 4.3, 3.3, 3.2, 3.6, 6.1),
                            List.of(38.0, 44.0, 54.0, 73.0, 82.0, 96.0),
                            List.of(7.7, 8.3, 8.8, 11.6, 13.3, 16.6),
                            1.735),
                    "DistServe",
                    new PublishedRow(
                            List.of(90.4, 84.4, 72.2, 63.4, 18.0, 7.5),
                            List.of(5.3, 6.5, 7.8, 12.0, 26.2, 43.6),
                            List.of(40.0, 43.0, 49.0, 51.0, 59.0, 64.0),
                            List.of(7.8, 8.5, 10.0, 11.0, 22.5, 38.1),
                            0.818),
                    "vLLM",
                    new PublishedRow(
                            List.of(90.0, 89.0, 84.4, 73.9, 70.4, 58.7),
                            List.of(2.7, 3.0, 3.5, 3.5, 3.1, 4.1),
                            List.of(75.0, 94.0, 125.0, 219.0, 239.0, 278.0),
                            List.of(8.5, 9.0, 10.5, 12.5, 14.0, 18.0),
                            0.855),
                    "vLLM chunked",
                    new PublishedRow(
                            List.of(89.0, 85.0, 80.3, 68.3, 53.2, 32.4),
                            List.of(3.6, 3.8, 4.0, 4.7, 5.0, 6.8),
                            List.of(98.0, 132.0, 177.0, 258.0, 271.0, 314.0),
                            List.of(9.0, 10.0, 11.5, 14.2, 18.3, 26.9),
                            0));

    /** Llama-2-70B, tp 4, LongBench's lengths; 0.1 to 0.5 requests/s. */
    static final Map<String, PublishedRow> LLAMA_LONGBENCH =
            Map.of(
                    "Tropical",
                    new PublishedRow(
                            List.of(97.5, 93.8, 91.4, 89.4, 87.8),
                            List.of(5.8, 6.0, 7.2, 9.1, 8.9),
                            List.of(38.0, 55.0, 63.0, 76.0, 76.0),
                            List.of(),
                            0.369),
                    "DistServe",
                    new PublishedRow(
                            List.of(100.0, 95.0, 87.4, 78.8, 76.5),
                            List.of(8.0, 8.2, 13.7, 18.6, 20.3),
                            List.of(),
                            List.of(),
                            0.263),
                    "vLLM",
                    new PublishedRow(
                            List.of(92.2, 84.3, 85.5, 77.0, 63.6),
                            List.of(),
                            List.of(42.0, 338.0, 109.0, 283.0, 504.0),
                            List.of(),
                            0.128),
                    "vLLM chunked",
                    new PublishedRow(
                            List.of(94.9, 86.0, 80.7, 68.7, 58.6),
                            List.of(),
                            List.of(),
                            List.of(),
                            0.151));

    /** InternLM2.5-20B, tp 2, LongBench's lengths; 0.4 to 1.2 requests/s. */
    static final Map<String, PublishedRow> INTERNLM_LONGBENCH =
            Map.of(
                    "Tropical",
                    new PublishedRow(
                            List.of(97.2, 91.3, 88.2, 81.5, 83.9),
                            List.of(4.7, 10.5, 7.3, 10.5, 14.7),
                            List.of(39.0, 44.0, 43.0, 50.0, 50.0),
                            List.of(),
                            0.669),
                    "DistServe",
                    new PublishedRow(
                            List.of(81.1, 67.3, 14.0, 6.7, 5.1),
                            List.of(10.0, 18.0, 34.0, 70.0, 120.0),
                            List.of(),
                            List.of(),
                            0),
                    "vLLM",
                    new PublishedRow(
                            List.of(90.6, 84.7, 73.7, 61.2, 42.4),
                            List.of(),
                            List.of(74.0, 141.0, 319.0, 575.0, 1059.0),
                            List.of(),
                            0.417));

    private PublishedTables() {}
}
