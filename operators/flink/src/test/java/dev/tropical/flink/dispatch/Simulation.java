package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A job in one thread: topics are lists, a checkpoint is a copy, a restart goes back to it. Each
 * event of the schedule is drawn from the seed; readers check every record when it is written.
 */
final class Simulation implements LaneOutput, LaneState {
    /** What engines say. */
    enum Words {
        /** The same for the same sequence and offset, as a seeded engine. */
        SEEDED,
        /** Anything, as an engine at temperature 1 whose sums run in another order each time. */
        RANDOM
    }

    private static final int REQUESTS = 12;
    private static final int EVENTS = 600;

    /** What a checkpoint holds; keyed state, the router's queue, and the sources' offsets. */
    private record Checkpoint(
            long id,
            Map<String, InFlight> requests,
            Map<Integer, IdMemory> ended,
            List<LaneInput> queued,
            int readRequests,
            int readRetries,
            int writtenRecords) {}

    private final Random random;
    private final Words words;
    private final ManualClock clock = new ManualClock();
    private final LetterTexts texts = new LetterTexts();
    private final Readers readers = new Readers();
    private final List<AdmittedRequest> requestsTopic = new ArrayList<>();
    private final List<Retry> retriesTopic = new ArrayList<>();
    private final List<CompletionRecord> completionsTopic = new ArrayList<>();
    private final LossyEngines engines;
    private final Map<String, InFlight> requests = new HashMap<>();
    private final Map<Integer, IdMemory> ended = new HashMap<>();
    private final List<LaneInput> queued = new ArrayList<>();
    private int readRequests;
    private int readRetries;
    private long checkpoints;
    private long epoch = 1;
    private Checkpoint newest = new Checkpoint(0, Map.of(), Map.of(), List.of(), 0, 0, 0);
    private Emitted emitted = new Emitted();
    private LaneTable lanes;
    private final List<CompletionRecord> late = new ArrayList<>(); // of runs that are over
    private boolean isDying;

    Simulation(long seed, Words words) {
        this.random = new Random(seed);
        this.words = words;
        this.engines = new LossyEngines(random, this::word, "p1", "d1", "d2");
        for (int i = 0; i < REQUESTS; i++) {
            requestsTopic.add(request(i));
        }
        lanes = open();
    }

    private int word(Submit submit, int offset) {
        return words == Words.RANDOM ? random.nextInt(3) : LossyEngines.seededWord(submit, offset);
    }

    private AdmittedRequest request(int i) {
        AdmittedRequest.Builder request = Rig.request("r" + i, 3 + random.nextInt(20));
        request.setN(1 + random.nextInt(2));
        if (i % 3 == 0) {
            request.addStop("abca");
        }
        return request.setEcho(i % 4 == 1).build();
    }

    /** Runs the schedule, then lets everything that is left come to its end. */
    void run() {
        settle();
        for (int i = 0; i < EVENTS; i++) {
            event();
            checkInFlight();
        }
        engines.calm().forEach(id -> engines.bringBack(id, lanes::onUp)); // dead ones may stay away
        for (int i = 0; i < 1_000 && !isDone(); i++) {
            quietStep();
        }
        for (AdmittedRequest request : requestsTopic) {
            check(request);
        }
        checkNothingHeld();
    }

    private void event() {
        if (random.nextInt(4) == 0) {
            arriveLate();
        }
        int draw = random.nextInt(100);
        if (draw < 25) {
            readSources();
        } else if (draw < 40) {
            dispatchOne();
        } else if (draw < 68) {
            engines.step();
        } else if (draw < 76) {
            checkpoint();
        } else if (draw < 82) {
            engines.moveOne();
        } else if (draw < 84) {
            engines.refuseOne();
        } else if (draw < 91) {
            tick(50 + random.nextInt(500));
        } else if (draw < 92) {
            cancelOne();
        } else if (draw < 93) {
            rejectOne();
        } else if (draw < 95) {
            engines.loseOne(id -> lanes.onLost(id, "lost by the schedule"));
        } else if (draw < 98) {
            engines.bringOneBack(lanes::onUp);
        } else {
            restart();
        }
        engines.deliver(lanes::onEvents);
    }

    private void quietStep() {
        readSources();
        for (int i = queued.size(); i > 0; i--) {
            dispatchOne();
        }
        engines.step();
        tick(500);
        engines.deliver(lanes::onEvents);
    }

    // ---- the job -----------------------------------------------------------------------------

    private void readSources() {
        if (readRequests < requestsTopic.size()) {
            AdmittedRequest request = requestsTopic.get(readRequests++);
            queued.add(dispatch(Retry.newBuilder().setRequest(request).build()));
        }
        while (readRetries < retriesTopic.size()) {
            queued.add(dispatch(retriesTopic.get(readRetries++)));
        }
    }

    private static LaneInput dispatch(Retry retry) {
        LaneInput.Builder input = LaneInput.newBuilder().setLane(retry.getRequest().getLane());
        input.getDispatchBuilder()
                .setRequest(retry.getRequest())
                .setAttempt(retry.getAttempt())
                .addAllProgress(retry.getProgressList())
                .setFirstTokenAtMs(retry.getFirstTokenAtMs())
                .addAllLostAttempts(retry.getLostAttemptsList());
        return input.build();
    }

    private void dispatchOne() {
        List<String> up = engines.up();
        if (queued.isEmpty() || up.isEmpty()) {
            return;
        }
        LaneInput input = queued.remove(random.nextInt(queued.size()));
        LaneInput.Builder bound = input.toBuilder();
        bound.getDispatchBuilder().setEngineId(up.get(random.nextInt(up.size())));
        lanes.onInput(bound.build());
    }

    /** As the router does it: what is queued ends there, all else is the lane's. */
    private void cancelOne() {
        String id = "r" + random.nextInt(REQUESTS);
        LaneInput.Builder input = LaneInput.newBuilder().setLane(Lanes.of(id));
        if (queued.removeIf(each -> each.getDispatch().getRequest().getId().equals(id))) {
            input.getErrorBuilder().setId(id).setLane(Lanes.of(id)).setTerminal(true);
            input.getErrorBuilder().setCode("cancelled").setMessage("cancelled while queued");
        } else {
            input.getCancelBuilder().setId(id).setLane(Lanes.of(id));
        }
        lanes.onInput(input.build());
    }

    /** As the router does it with a request, maybe a replayed one, that has grown too old. */
    private void rejectOne() {
        Optional<LaneInput> old =
                queued.stream().filter(each -> each.getDispatch().getAttempt() == 0).findFirst();
        if (old.isEmpty()) {
            return;
        }
        queued.remove(old.get());
        String id = old.get().getDispatch().getRequest().getId();
        boolean isInFlight = isInFlight(id);
        LaneInput.Builder input = LaneInput.newBuilder().setLane(Lanes.of(id));
        input.getErrorBuilder().setId(id).setLane(Lanes.of(id)).setTerminal(true);
        input.getErrorBuilder().setCode("queue_timeout").setMessage("too old");
        lanes.onInput(input.build());
        require(isInFlight == isInFlight(id), id + " ended by its replay's rejection");
    }

    private boolean isInFlight(String id) {
        return lanes.inFlight().stream().anyMatch(request -> request.id().equals(id));
    }

    private void tick(long ms) {
        clock.advance(ms);
        lanes.tick();
    }

    private void checkpoint() {
        checkpoints++;
        try {
            lanes.snapshot(checkpoints, this);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        if (random.nextInt(4) == 0) {
            return; // aborted
        }
        newest =
                new Checkpoint(
                        checkpoints,
                        Map.copyOf(requests),
                        Map.copyOf(ended),
                        List.copyOf(queued),
                        readRequests,
                        readRetries,
                        emitted.hasUnclaimed() ? newest.writtenRecords() : completionsTopic.size());
        if (random.nextInt(8) > 0) { // the news of it may be lost
            lanes.checkpointComplete(checkpoints);
        }
    }

    /** The job dies; its newest complete checkpoint and the topics are left. */
    private void restart() {
        sayMoreTooLate();
        epoch++;
        requests.clear();
        requests.putAll(newest.requests());
        ended.clear();
        ended.putAll(newest.ended());
        queued.clear();
        queued.addAll(newest.queued());
        readRequests = newest.readRequests();
        readRetries = newest.readRetries();
        if (random.nextInt(3) == 0) {
            engines.killOne(); // together with the job
        }
        emitted = new Emitted();
        completionsTopic
                .subList(newest.writtenRecords(), completionsTopic.size())
                .forEach(emitted::add);
        lanes = open();
        settle();
    }

    /** What the lanes say while they die is written after the next run has begun. */
    private void sayMoreTooLate() {
        isDying = true;
        engines.step();
        engines.deliver(lanes::onEvents);
        cancelOne();
        isDying = false;
    }

    /**
     * Of what readers drop. Had they heard nothing newer of the request, they would know more than
     * the lanes until these catch up, or an ending that no later run knows.
     */
    private void arriveLate() {
        for (CompletionRecord record : late) {
            if (readers.drops(record)) {
                completionsTopic.add(record);
                readers.read(record);
            }
        }
        late.removeIf(readers::drops);
    }

    private LaneTable open() {
        Set<Integer> all = IntStream.range(0, Lanes.COUNT).boxed().collect(Collectors.toSet());
        LaneTable opened = new LaneTable(new Run(all, epoch, emitted, 64), texts, this, clock);
        ended.forEach(opened::restoreEnded);
        requests.values().forEach(opened::restore);
        emitted.ended().forEach(id -> opened.assumeEnded(Lanes.of(id), id));
        return opened;
    }

    private void settle() {
        lanes.onRegistry(engines.ids());
        engines.up().forEach(lanes::onUp);
    }

    // ---- what must hold ----------------------------------------------------------------------

    private boolean isDone() {
        return requestsTopic.stream().allMatch(request -> readers.isEnded(request.getId()));
    }

    /** At any moment: what lanes hold is what readers have been told, of requests not ended. */
    private void checkInFlight() {
        for (InFlightRequest request : lanes.inFlight()) {
            require(!readers.isEnded(request.id()), request.id() + " is held after its ending");
            for (ChoiceStream choice : request.choices()) {
                List<Integer> said = readers.tokens(request.id(), choice.index());
                require(
                        choice.tokens().idList().equals(said),
                        request.id()
                                + " holds tokens "
                                + choice.tokens().idList()
                                + ", readers have "
                                + said);
            }
        }
    }

    private void check(AdmittedRequest request) {
        String id = request.getId();
        require(readers.isEnded(id), id + " has no ending");
        boolean isGood = readers.ending(id).error() == null;
        for (int choice = 0; choice < request.getN(); choice++) {
            String reason = readers.finishReason(id, choice);
            require(
                    isGood == (reason.equals("stop") || reason.equals("length"))
                            || (!isGood && !reason.isEmpty()),
                    id + " finished with '" + reason + "'");
            if (isGood && words == Words.SEEDED) {
                String expected = expectedText(request);
                String text = readers.text(id, choice);
                require(text.equals(expected), id + " said " + text + ", expected " + expected);
            }
        }
    }

    private String expectedText(AdmittedRequest request) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < request.getSampling().getMaxTokens(); i++) {
            text.append(LetterTexts.letter(LossyEngines.seededWord(request.getId(), i)));
        }
        for (String stop : request.getStopList()) {
            int at = text.indexOf(stop);
            text.setLength(at < 0 ? text.length() : at);
        }
        return (request.getEcho() ? "pq" : "") + text;
    }

    private void checkNothingHeld() {
        for (int i = 0; i < 3; i++) {
            quietStep();
        }
        checkpoints++;
        try {
            lanes.snapshot(checkpoints, this);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        lanes.checkpointComplete(checkpoints);
        require(lanes.inFlightCount() == 0, "in flight: " + lanes.inFlight());
        require(requests.isEmpty(), "state of " + requests.keySet());
        require(engines.running().isEmpty(), "still run: " + engines.running());
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    // ---- where the lanes' words go -----------------------------------------------------------

    @Override
    public void emit(CompletionRecord record) {
        if (isDying) {
            late.add(record);
            return;
        }
        completionsTopic.add(record);
        readers.read(record);
    }

    @Override
    public void retry(Retry retry) {
        retriesTopic.add(retry);
    }

    @Override
    public void send(String engineId, EngineCommand command) {
        engines.send(engineId, command);
    }

    @Override
    public void ended(InFlightRequest request, boolean isGood) {
        // The records say it too.
    }

    @Override
    public void putRequest(int lane, String id, InFlight request) {
        requests.put(id, request);
    }

    @Override
    public void removeRequest(int lane, String id) {
        requests.remove(id);
    }

    @Override
    public void putEnded(int lane, IdMemory memory) {
        ended.put(lane, memory);
    }
}
