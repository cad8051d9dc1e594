package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.bench.serve.ServeSummary;
import java.util.List;

/**
 * A system at a rate, over all seeds.
 *
 * @param runs one a seed
 * @param attainment over all their requests
 * @param summary over all their requests
 */
record MeasuredPoint(List<StoredRun> runs, Attainment attainment, ServeSummary summary) {
    static MeasuredPoint of(List<StoredRun> runs) {
        List<RequestRecord> records =
                runs.stream().flatMap(run -> run.content().records().stream()).toList();
        Attainment attainment =
                runs.stream()
                        .map(StoredRun::attainment)
                        .reduce(new Attainment(0, 0), Attainment::plus);
        return new MeasuredPoint(List.copyOf(runs), attainment, ServeSummary.of(records));
    }

    /** Answered requests that count, of all seeds. */
    List<RequestRecord> done() {
        return runs.stream()
                .flatMap(run -> run.content().records().stream())
                .filter(record -> !record.isWarmUp() && record.isDone())
                .toList();
    }

    /** Per second, the mean over the seeds: their runs were one after the other. */
    double meanOutputTokens() {
        return runs.stream()
                .mapToDouble(run -> ServeSummary.of(run.content().records()).rates().outputTokens())
                .average()
                .orElse(0);
    }
}
