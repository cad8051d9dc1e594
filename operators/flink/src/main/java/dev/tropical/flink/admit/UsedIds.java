package dev.tropical.flink.admit;

import dev.tropical.protocol.InferenceRequest;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.jspecify.annotations.Nullable;

/** The ids that were used, good or bad, and by what. Keyed state. */
final class UsedIds {
    private final MapState<String, byte[]> ids;

    UsedIds(RuntimeContext context) {
        MapStateDescriptor<String, byte[]> descriptor =
                new MapStateDescriptor<>(
                        "used-ids",
                        Types.STRING,
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(AdmitFunction.ID_LIFETIME).build());
        ids = context.getMapState(descriptor);
    }

    @Nullable UsedId find(String id) throws Exception {
        byte[] state = ids.get(id);
        return state == null ? null : UsedId.decode(state);
    }

    /**
     * @param sha256 of the request's body
     */
    void use(InferenceRequest request, byte[] sha256) throws Exception {
        ids.put(request.id(), new UsedId(sha256, request.arrivedAtMs()).encode());
    }
}
