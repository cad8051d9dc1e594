package dev.tropical.engine;

import dev.tropical.protocol.wire.EngineInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Engines in this JVM, and a lane that talks to them; closes all. */
final class TestEngines implements AutoCloseable {
    private final List<EngineProcess> processes = new ArrayList<>();
    private final List<EngineInfo> infos = new ArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    final TestLane lane = new TestLane();

    /** Starts an engine; options as on the command line. */
    EngineInfo start(String id, String... options) throws Exception {
        List<String> args = new ArrayList<>(List.of("--engine-id", id));
        args.addAll(List.of(options));
        EngineCommandLine line = new EngineCommandLine();
        EngineCommandLine.parser(line).parseArgs(args.toArray(String[]::new));
        EngineProcess process = new EngineProcess(line.toOptions(), failures::add);
        processes.add(process);
        EngineInfo info = process.serve(process.load().get());
        infos.add(info);
        return info;
    }

    /** A paced engine with a context of 256 tokens. */
    EngineInfo startPaced(String id, String... options) throws Exception {
        List<String> args = new ArrayList<>(List.of("--device", "paced", "--model", "none"));
        args.addAll(List.of("--max-model-len", "256"));
        args.addAll(List.of(options));
        return start(id, args.toArray(String[]::new));
    }

    /** Connects the lane to every engine, and names all engines to each. */
    TestLane connect() {
        infos.forEach(info -> lane.connect(info, infos));
        lane.readUntil(() -> lane.status.size() == infos.size(), 30);
        return lane;
    }

    /** Ends one engine as a crash would look to the others: no message says so. */
    void stop(String id) {
        for (int i = 0; i < infos.size(); i++) {
            if (infos.get(i).getEngineId().equals(id)) {
                processes.get(i).close();
            }
        }
    }

    /** Waits until every block of the engine is free. */
    void awaitAllFree(String id) {
        lane.readUntil(
                () ->
                        lane.status.get(id).getBlocksFree() == lane.status.get(id).getBlocksTotal()
                                && lane.status.get(id).getBlocksReserved() == 0,
                30);
    }

    @Override
    public void close() {
        lane.close();
        processes.forEach(EngineProcess::close);
        if (!failures.isEmpty()) {
            throw new AssertionError("an engine broke", failures.get(0));
        }
    }
}
