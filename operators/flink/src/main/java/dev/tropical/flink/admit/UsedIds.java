package dev.tropical.flink.admit;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.flink.state.IdMemory.Met;
import dev.tropical.flink.state.IdMemorySerializer;
import dev.tropical.protocol.InferenceRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ids that were used, good or bad, and by what. Keyed state: the lane's newest ones. Times are
 * the broker's, so that what a restart reads again is judged as it was the first time.
 *
 * <p>For state that the backend keeps as objects ({@code hashmap}): one that serializes it writes a
 * lane's whole memory, some 200 KB, at each request. It works, slowly, and a warning says so.
 */
final class UsedIds {
    private static final Logger LOG = LoggerFactory.getLogger(UsedIds.class);

    private final ValueState<IdMemory> memories;
    private final MapState<String, byte[]> former; // as release 0.1 kept them
    private final int idsPerLane;
    private boolean isBackendKnown;

    UsedIds(RuntimeContext context, int idsPerLane) {
        this.idsPerLane = idsPerLane;
        memories =
                context.getState(
                        new ValueStateDescriptor<>("remembered-ids", new IdMemorySerializer()));
        MapStateDescriptor<String, byte[]> descriptor =
                new MapStateDescriptor<>(
                        "used-ids",
                        Types.STRING,
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(AdmitFunction.ID_LIFETIME).build());
        former = context.getMapState(descriptor);
    }

    /** What used the request's id before; null when nothing has that is remembered. */
    @Nullable UsedId find(InferenceRequest request) throws Exception {
        Met met = memory().find(request.id());
        return met == null || isForgotten(met, request.arrivedAtMs())
                ? null
                : new UsedId(met.note(), met.atMs());
    }

    /** Where times are not known the memory's bound alone counts. */
    private static boolean isForgotten(Met met, long nowMs) {
        return met.atMs() > 0 && nowMs - met.atMs() >= AdmitFunction.ID_LIFETIME.toMillis();
    }

    /**
     * @param sha256 of the request's body
     */
    void use(InferenceRequest request, byte[] sha256) throws Exception {
        IdMemory used = memory().with(request.id(), request.arrivedAtMs(), sha256);
        memories.update(used);
        if (!isBackendKnown) {
            isBackendKnown = true;
            warnIfSerialized(used);
        }
    }

    private void warnIfSerialized(IdMemory written) throws Exception {
        if (isSerialized(memories, written)) {
            LOG.warn(
                    "state.backend.type serializes state: each request writes all ids that its"
                            + " lane remembers, at most {} (expected: hashmap, or fewer"
                            + " tropical.remembered-ids)",
                    idsPerLane);
        }
    }

    /** Whether the state gives back another object than it was given. */
    static boolean isSerialized(ValueState<IdMemory> state, IdMemory written) throws Exception {
        return state.value() != written;
    }

    private IdMemory memory() throws Exception {
        IdMemory known = memories.value();
        IdMemory memory = known == null ? former() : known.resized(idsPerLane);
        if (memory != known) {
            memories.update(memory);
        }
        return memory;
    }

    private IdMemory former() throws Exception {
        IdMemory memory = IdMemory.of(idsPerLane, UsedId.HASH_BYTES);
        List<Map.Entry<String, UsedId>> used = new ArrayList<>();
        for (Map.Entry<String, byte[]> entry : former.entries()) {
            used.add(Map.entry(entry.getKey(), UsedId.decode(entry.getValue())));
        }
        used.sort(Comparator.comparingLong(entry -> entry.getValue().arrivedAtMs()));
        for (Map.Entry<String, UsedId> entry : used) {
            UsedId id = entry.getValue();
            memory = memory.with(entry.getKey(), id.arrivedAtMs(), id.bodySha256());
        }
        former.clear();
        return memory;
    }
}
