package dev.tropical.engine.cuda;

import java.util.Locale;

/** Prints {@code RESULT key=value aim=...} lines and remembers whether every aim was met. */
public final class BenchResults {
    private final String prefix;
    private boolean isEveryAimMet = true;

    public BenchResults(String prefix) {
        this.prefix = prefix;
    }

    /** A number without an aim. */
    public void add(String key, double value) {
        System.out.printf(Locale.ROOT, "RESULT %s.%s=%.4f%n", prefix, key, value);
    }

    public void atMost(String key, double value, double aim) {
        print(key, value, "<=", aim, value <= aim);
    }

    public void atLeast(String key, double value, double aim) {
        print(key, value, ">=", aim, value >= aim);
    }

    private void print(String key, double value, String relation, double aim, boolean isMet) {
        isEveryAimMet &= isMet;
        System.out.printf(
                Locale.ROOT,
                "RESULT %s.%s=%.4f aim=%s%.4f %s%n",
                prefix,
                key,
                value,
                relation,
                aim,
                isMet ? "met" : "MISSED");
    }

    /** 0 if every aim was met. */
    public int exitCode() {
        return isEveryAimMet ? 0 : 1;
    }
}
