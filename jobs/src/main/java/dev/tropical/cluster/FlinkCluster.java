package dev.tropical.cluster;

import dev.tropical.kafka.LocalPorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A standalone Flink cluster as processes of this machine: one JobManager with the web UI, and
 * TaskManagers. Each is started again when it dies.
 */
public final class FlinkCluster implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final String HOST = "127.0.0.1";

    private final FlinkHome home;
    private final FlinkRest rest;
    private final List<ManagedProcess> taskManagers = new ArrayList<>();
    private final ManagedProcess jobManager;

    private FlinkCluster(FlinkHome home, int restPort) throws IOException {
        this.home = home;
        this.rest = new FlinkRest("http://" + HOST + ":" + restPort);
        this.jobManager = process("jobmanager", home.jobManager());
    }

    /**
     * Starts all processes and waits until the TaskManagers have registered.
     *
     * @param folder of configuration, logs and checkpoints
     * @param slots of each TaskManager
     * @param restPort of the REST API and web UI, 0 for any
     * @throws IllegalStateException when they are not up within 90 s, or the port is in use; all
     *     have been ended then
     */
    public static FlinkCluster start(Path folder, int taskManagers, int slots, int restPort)
            throws IOException, InterruptedException {
        FlinkHome home = FlinkHome.in(folder);
        int port = LocalPorts.free("Flink", restPort);
        home.configure(HOST, LocalPorts.free("Flink's RPC", 0), port, slots);
        FlinkCluster cluster = new FlinkCluster(home, port);
        try {
            for (int i = 0; i < taskManagers; i++) {
                String name = "taskmanager-" + i;
                cluster.taskManagers.add(cluster.process(name, home.taskManager(name)));
            }
            cluster.awaitTaskManagers(taskManagers, START_TIMEOUT);
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private ManagedProcess process(String name, List<String> command) throws IOException {
        return ManagedProcess.start(name, command, home.logs().resolve(name + ".log"));
    }

    /**
     * Waits until so many TaskManagers offer their slots.
     *
     * @throws IllegalStateException when they do not in time
     */
    public void awaitTaskManagers(int count, Duration timeout) throws InterruptedException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (rest.taskManagers() < count) {
            if (System.nanoTime() > deadlineNs) {
                throw new IllegalStateException(
                        "Flink has "
                                + rest.taskManagers()
                                + " TaskManagers after "
                                + timeout.toSeconds()
                                + " s (expected: "
                                + count
                                + "; logs in "
                                + home.logs()
                                + ")");
            }
            Thread.sleep(100);
        }
    }

    /** The REST API's and web UI's address. */
    public String address() {
        return rest.address();
    }

    /** Folder of the processes' logs. */
    public Path logs() {
        return home.logs();
    }

    public ManagedProcess jobManager() {
        return jobManager;
    }

    public List<ManagedProcess> taskManagers() {
        return List.copyOf(taskManagers);
    }

    /** Those in whose slots a job runs; none while the JobManager does not answer. */
    public List<ManagedProcess> busyTaskManagers() throws InterruptedException {
        Set<String> busy = rest.busyTaskManagers();
        return taskManagers.stream().filter(process -> busy.contains(process.name())).toList();
    }

    @Override
    public void close() {
        taskManagers.forEach(ManagedProcess::close);
        jobManager.close();
    }
}
