package dev.tropical.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the JVMs that this one starts are started. */
public final class ChildJvm {
    /**
     * The optimizing compiler waits ten times as long as usual. Half of what the first minute of a
     * process costs is its work, and on a small machine what has just been started again takes that
     * from everything that still serves.
     */
    private static final List<String> OPTIMIZE_LATE =
            List.of(
                    "-XX:Tier4InvocationThreshold=50000",
                    "-XX:Tier4MinInvocationThreshold=6000",
                    "-XX:Tier4CompileThreshold=150000",
                    "-XX:Tier4BackEdgeThreshold=400000");

    /**
     * Each full collection leaves no holes, not each fourth: with them a heap of 40 MB seems to
     * grow and shrink by 10, and what it holds cannot be told.
     */
    private static final String COMPACT = "-XX:MarkSweepAlwaysCompactCount=1";

    /**
     * Up to so many cores, the optimizing compiler is left out of what only passes things on: there
     * its work costs more than it saves.
     */
    private static final int FEW_CORES = 4;

    private ChildJvm() {}

    /** The command line's begin, to be added to: this JVM's own program. */
    public static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return command;
    }

    /** The same for a process that shares its machine's cores with others, and may be broken. */
    public static List<String> modestCommand() {
        List<String> command = command();
        command.addAll(OPTIMIZE_LATE);
        command.add(COMPACT);
        return command;
    }

    /** The same for one that computes nothing: a broker, a JobManager, a TaskManager. */
    public static List<String> messengerCommand() {
        if (Runtime.getRuntime().availableProcessors() > FEW_CORES) {
            return modestCommand();
        }
        List<String> command = command();
        command.add("-XX:TieredStopAtLevel=1");
        command.add(COMPACT);
        return command;
    }
}
