package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.simulator.Goodput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One comparison's runs, of however many commands, by system and rate.
 *
 * @param title the comparison's
 * @param rates all at which anything was measured, ascending
 * @param systems points by rate; in the order of the names
 */
record Measured(String title, List<Double> rates, Map<String, Map<Double, MeasuredPoint>> systems) {
    /** By comparison. */
    static List<Measured> of(List<StoredRun> runs) {
        Map<String, List<StoredRun>> byTitle =
                runs.stream()
                        .collect(
                                Collectors.groupingBy(
                                        StoredRun::comparison, TreeMap::new, Collectors.toList()));
        List<Measured> all = new ArrayList<>();
        byTitle.forEach((title, ofTitle) -> all.add(one(title, ofTitle)));
        return all;
    }

    private static Measured one(String title, List<StoredRun> runs) {
        TreeSet<Double> rates = new TreeSet<>();
        Map<String, Map<Double, List<StoredRun>>> grouped = new TreeMap<>();
        for (StoredRun run : runs) {
            rates.add(run.point().rate());
            grouped.computeIfAbsent(run.point().system(), system -> new TreeMap<>())
                    .computeIfAbsent(run.point().rate(), rate -> new ArrayList<>())
                    .add(run);
        }
        Map<String, Map<Double, MeasuredPoint>> systems = new TreeMap<>();
        grouped.forEach(
                (system, points) -> {
                    Map<Double, MeasuredPoint> measured = new TreeMap<>();
                    points.forEach((rate, some) -> measured.put(rate, MeasuredPoint.of(some)));
                    systems.put(system, measured);
                });
        return new Measured(title, List.copyOf(rates), systems);
    }

    Optional<MeasuredPoint> point(String system, double rate) {
        return Optional.ofNullable(systems.getOrDefault(system, Map.of()).get(rate));
    }

    /** A number a rate; none where nothing was measured. */
    List<Double> values(String system, ToDoubleFunction<MeasuredPoint> value) {
        return rates.stream()
                .map(
                        rate ->
                                point(system, rate)
                                        .map(p -> value.applyAsDouble(p))
                                        .orElse(Double.NaN))
                .toList();
    }

    /** Read off the measured points: one a seed that was run at more than one rate. */
    Goodput goodput(String system) {
        Map<Long, Map<Double, Double>> bySeed = new TreeMap<>();
        systems.getOrDefault(system, Map.of())
                .forEach(
                        (rate, point) ->
                                point.runs()
                                        .forEach(
                                                run ->
                                                        bySeed.computeIfAbsent(
                                                                        run.point().seed(),
                                                                        seed -> new TreeMap<>())
                                                                .put(
                                                                        rate,
                                                                        run.attainment().share())));
        double all = Goodput.readOff(rates, values(system, point -> point.attainment().share()));
        double[] seeds =
                bySeed.values().stream()
                        .filter(
                                shares ->
                                        shares.size()
                                                == bySeed.values().stream()
                                                        .mapToInt(Map::size)
                                                        .max()
                                                        .orElse(0))
                        .mapToDouble(shares -> Goodput.readOff(rates, shares(shares)))
                        .toArray();
        return new Goodput(all, seeds.length < 2 ? 0 : Goodput.of(seeds).halfWidth());
    }

    private List<Double> shares(Map<Double, Double> byRate) {
        return rates.stream()
                .map(
                        rate -> {
                            @Nullable Double share = byRate.get(rate);
                            return share == null ? Double.NaN : share;
                        })
                .toList();
    }

    /** Whether the highest rate still attains: the goodput is at least that. */
    boolean isGoodputABound(String system) {
        List<Double> shares = values(system, point -> point.attainment().share());
        return shares.stream().noneMatch(share -> share < Goodput.TARGET);
    }

    /** The highest measured rate at which the system attains. */
    Optional<Double> highestGoodRate(String system) {
        return rates.stream()
                .filter(
                        rate ->
                                point(system, rate)
                                        .map(p -> p.attainment().share() >= Goodput.TARGET)
                                        .orElse(false))
                .reduce((low, high) -> high);
    }
}
