package dev.tropical.bench.serve;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * A line that says how a run stands, with the attainment so far: drawn over itself on a terminal,
 * else a new one every ten seconds. One thread.
 */
final class LiveProgress {
    private static final int WIDTH = 24;
    private static final long EVERY_NS = 10_000_000_000L;

    private final PrintWriter out;
    private final boolean isTerminal;
    private final String name;
    private final int total;
    private int ended;
    private int measured;
    private int attained;
    private double worstLateMs;
    private long printedNs;

    LiveProgress(PrintWriter out, boolean isTerminal, String name, int total) {
        this.out = out;
        this.isTerminal = isTerminal;
        this.name = name;
        this.total = total;
        this.printedNs = System.nanoTime();
    }

    /** A request has ended. */
    void ended(RequestRecord record) {
        ended++;
        worstLateMs = Math.max(worstLateMs, record.lateMs());
        if (!record.isWarmUp()) {
            measured++;
            attained += record.result().isAttained() ? 1 : 0;
        }
    }

    /** Prints if it is time to. */
    void print(int sent, long nowNs) {
        if (isTerminal) {
            out.print("\r" + line(sent));
            out.flush();
        } else if (nowNs - printedNs >= EVERY_NS) {
            printedNs = nowNs;
            out.println(line(sent));
            out.flush();
        }
    }

    /** The run's last line. */
    void finish(int sent) {
        out.println((isTerminal ? "\r" : "") + line(sent));
        out.flush();
    }

    String line(int sent) {
        int filled = total == 0 ? WIDTH : WIDTH * ended / total;
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %d/%d sent, %d ended, %d in flight, attained %s, late at most %.1f ms",
                name,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                sent,
                total,
                ended,
                sent - ended,
                measured == 0
                        ? "-"
                        : String.format(Locale.ROOT, "%.1f %%", 100.0 * attained / measured),
                worstLateMs);
    }
}
