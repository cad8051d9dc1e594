package dev.tropical.simulator;

import java.util.List;

/**
 * A system's published results, read off the authors' plots (+- 2 %): one value a rate; empty where
 * the plots show none.
 *
 * @param attainment %
 * @param p90Ttft seconds
 * @param p90Tpot ms
 * @param meanJct seconds
 * @param goodput requests/s at 90 %; 0 when it is not published or below the lowest rate
 */
record PublishedRow(
        List<Double> attainment,
        List<Double> p90Ttft,
        List<Double> p90Tpot,
        List<Double> meanJct,
        double goodput) {}
