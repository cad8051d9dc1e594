package dev.tropical.bench.serve;

import dev.tropical.simulator.SimulatedRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One run of load: sends a plan's requests, writes each one's record as it ends, and cuts at the
 * last deadline: what has not ended then can attain no more, is recorded as unfinished and
 * cancelled.
 */
public final class ServeRun {
    /** Until the first request is due, so that bodies are ready. */
    private static final long LEAD_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long TICK_MS = 100;

    private final LoadTarget target;
    private final Settings settings;
    private final PrintWriter out;
    private final Queue<RequestProbe> ended = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * How to run.
     *
     * @param name in the progress line, and the beginning of the requests' ids: unique on the
     *     server
     * @param prompts makes the prompts
     * @param model that requests name, or null
     * @param hasSlo whether requests say their objectives
     * @param warmUp requests that are due before are not measured
     * @param drain after the last deadline, for those who want the times of late requests too
     * @param enough when to stop before that; requests whose fate is open then do not count
     */
    public record Settings(
            String name,
            PromptTokens prompts,
            @Nullable String model,
            boolean hasSlo,
            Duration warmUp,
            Duration drain,
            StopRule enough) {}

    /** Runs on the caller's thread, see {@link #run}. */
    public ServeRun(LoadTarget target, Settings settings, PrintWriter out) {
        this.target = target;
        this.settings = settings;
        this.out = out;
    }

    /**
     * Sends the requests and waits for them.
     *
     * @param file gets each record; completed at the end
     * @return all records of requests that were sent, in the order in which they ended
     * @throws IllegalStateException when the generator itself broke
     */
    public List<RequestRecord> run(List<SimulatedRequest> requests, RecordFile file)
            throws IOException, InterruptedException {
        long startNs = System.nanoTime() + LEAD_NS;
        List<RequestProbe> probes = probes(requests, startNs);
        long cutNs = startNs + lastDeadlineNs(requests) + settings.drain().toNanos();
        LiveProgress progress =
                new LiveProgress(out, isTerminal(), settings.name(), requests.size());
        RequestBody bodies =
                new RequestBody(settings.model(), settings.hasSlo(), target.isStreamAskedFor());
        List<RequestRecord> records = new ArrayList<>(requests.size());
        Verdicts verdicts = new Verdicts(probes);
        try (OpenLoop loop =
                new OpenLoop(
                        target,
                        probes,
                        settings.prompts(),
                        bodies,
                        cause -> failure.compareAndSet(null, cause))) {
            loop.start();
            while (!verdicts.satisfy(settings.enough())
                    && records.size() < probes.size()
                    && System.nanoTime() < cutNs) {
                Thread.sleep(TICK_MS);
                checkFailure();
                drain(records, file, progress);
                progress.print(loop.sent(), System.nanoTime());
                verdicts.update(System.nanoTime());
            }
        }
        long countedUntilNs =
                verdicts.satisfy(settings.enough()) ? verdicts.knownUntilNs() : Long.MAX_VALUE;
        cut(probes, countedUntilNs, records, file, progress);
        file.completeUntil(countedUntilNs);
        progress.finish(records.size());
        records.replaceAll(
                record ->
                        record.request().arrivedNs() < countedUntilNs ? record : record.leftOut());
        return records;
    }

    private static long lastDeadlineNs(List<SimulatedRequest> requests) {
        return requests.stream().mapToLong(RequestRecord::deadlineNs).max().orElse(0);
    }

    @SuppressWarnings("SystemConsoleNull") // 22 to 24 say of a file that it is a terminal: no harm
    private static boolean isTerminal() {
        return System.console() != null;
    }

    private List<RequestProbe> probes(List<SimulatedRequest> requests, long startNs) {
        List<RequestProbe> probes = new ArrayList<>(requests.size());
        for (SimulatedRequest request : requests) {
            probes.add(
                    new RequestProbe(
                            settings.name() + "-" + request.id(),
                            request,
                            request.arrivedNs() < settings.warmUp().toNanos(),
                            startNs + request.arrivedNs(),
                            ended::add));
        }
        return probes;
    }

    private void drain(List<RequestRecord> records, RecordFile file, LiveProgress progress)
            throws IOException {
        for (RequestProbe probe = ended.poll(); probe != null; probe = ended.poll()) {
            RequestRecord record = probe.record();
            records.add(record);
            file.append(record);
            progress.ended(record);
        }
    }

    /** What was never sent is none of a run that has said enough. */
    private void cut(
            List<RequestProbe> probes,
            long countedUntilNs,
            List<RequestRecord> records,
            RecordFile file,
            LiveProgress progress)
            throws IOException {
        for (RequestProbe probe : probes) {
            boolean isCounted = probe.request().arrivedNs() < countedUntilNs;
            if (!probe.isOver() && (isCounted || probe.isSent())) {
                probe.failed(Outcome.UNFINISHED, "cut at the run's end", null);
                target.cancel(probe);
            }
        }
        drain(records, file, progress);
    }

    private void checkFailure() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new IllegalStateException("the load generator broke: " + cause, cause);
        }
    }
}
