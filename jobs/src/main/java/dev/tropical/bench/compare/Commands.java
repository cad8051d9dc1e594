package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The commands that made a store's runs, and which of them are void because their calibration is
 * off the median of all.
 *
 * @param calibrations by command; commands without one are taken as they are
 * @param usual median of all calibrations
 */
record Commands(Map<String, Calibration.Result> calibrations, Calibration.Result usual) {
    static Commands of(Map<String, Calibration.Result> calibrations) {
        return new Commands(
                new TreeMap<>(calibrations),
                Calibration.Result.median(List.copyOf(calibrations.values())));
    }

    Set<String> voided() {
        return calibrations.entrySet().stream()
                .filter(command -> !command.getValue().isNear(usual))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** The runs that count. */
    List<StoredRun> valid(List<StoredRun> runs) {
        Set<String> voided = voided();
        return runs.stream()
                .filter(
                        run ->
                                !voided.contains(
                                        run.content()
                                                .about()
                                                .getOrDefault(RecordStore.COMMAND, "")))
                .toList();
    }
}
