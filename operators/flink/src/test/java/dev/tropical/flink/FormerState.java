package dev.tropical.flink;

import dev.tropical.flink.state.KeyGroups;
import java.util.Map;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;

/** A map in keyed state, as an operator of an earlier release left it. */
public final class FormerState {
    private FormerState() {}

    /** A snapshot of it. */
    public static <V> OperatorSubtaskState of(
            MapStateDescriptor<String, V> descriptor,
            KeySelector<String, Integer> key,
            Map<String, V> entries)
            throws Exception {
        try (var harness =
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new KeyedProcessOperator<>(new Writer<>(descriptor, Map.copyOf(entries))),
                        key,
                        Types.INT,
                        KeyGroups.COUNT,
                        1,
                        0)) {
            harness.open();
            for (String id : entries.keySet()) {
                harness.processElement(new StreamRecord<>(id));
            }
            return harness.snapshot(1, 1);
        }
    }

    private static final class Writer<V> extends KeyedProcessFunction<Integer, String, String> {
        private static final long serialVersionUID = 1L;
        private final MapStateDescriptor<String, V> descriptor;
        private final Map<String, V> entries;

        Writer(MapStateDescriptor<String, V> descriptor, Map<String, V> entries) {
            this.descriptor = descriptor;
            this.entries = entries;
        }

        @Override
        public void processElement(String id, Context context, Collector<String> out)
                throws Exception {
            getRuntimeContext().getMapState(descriptor).put(id, entries.get(id));
        }
    }
}
