package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.Rope;
import dev.tropical.engine.model.TensorLayout;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardTest {
    private static final int HEAD_DIM = 16;

    private static ModelConfig config(Architecture architecture, int heads, int kvHeads) {
        return new ModelConfig(
                architecture,
                64,
                192,
                1,
                heads,
                kvHeads,
                HEAD_DIM,
                640,
                256,
                1e-5f,
                new Rope(10000, null),
                Collections.nCopies(1, 0),
                false,
                new ModelConfig.Biases(false, false, false),
                false,
                DType.BF16,
                List.of());
    }

    private static List<String> numbered(List<Rows> parts) {
        List<String> rows = new ArrayList<>();
        for (Rows part : parts) {
            for (int row = part.first(); row < part.first() + part.count(); row++) {
                rows.add(part.tensor() + " " + row);
            }
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({"LLAMA, 1", "LLAMA, 2", "LLAMA, 8", "INTERNLM2, 2", "INTERNLM2, 4", "INTERNLM2, 8"})
    void shouldGiveEachRankItsHeadsAndAllRanksEveryHead(Architecture architecture, int ranks) {
        ModelConfig config = config(architecture, 24, 8);
        List<Rows> parts = TensorLayout.of(config).qkv(0);
        List<String> all = numbered(parts);
        int queries = 24 * HEAD_DIM;
        int keys = 8 * HEAD_DIM;
        for (int rank = 0; rank < ranks; rank++) {
            int q = queries / ranks;
            int k = keys / ranks;
            List<String> expected = new ArrayList<>(all.subList(rank * q, (rank + 1) * q));
            expected.addAll(all.subList(queries + rank * k, queries + (rank + 1) * k));
            expected.addAll(
                    all.subList(queries + keys + rank * k, queries + keys + (rank + 1) * k));
            Shard shard = new Shard(rank, ranks);
            assertThat(numbered(shard.rows(parts, queries, keys, keys))).isEqualTo(expected);
        }
    }

    /** InternLM2 stores a group's queries beside its key and value: cutting may not mix groups. */
    @Test
    void shouldKeepQueriesWithTheirKeysWhereTheyAreFused() {
        ModelConfig config = config(Architecture.INTERNLM2, 6, 2);
        List<Rows> parts = TensorLayout.of(config).qkv(0);
        int queries = 6 * HEAD_DIM;
        int keys = 2 * HEAD_DIM;
        List<String> second = numbered(new Shard(1, 2).rows(parts, queries, keys, keys));
        // Of the fused tensor's ten heads, the second group's five.
        assertThat(second).hasSize(5 * HEAD_DIM);
        assertThat(second).allMatch(row -> Integer.parseInt(row.split(" ")[1]) >= 5 * HEAD_DIM);
    }

    @Test
    void shouldCutColumnsWithoutGapOrOverlap() {
        assertThat(new Shard(0, 4).columns(64)).isEqualTo(new Columns(64, 0, 16));
        assertThat(new Shard(3, 4).columns(64)).isEqualTo(new Columns(64, 48, 16));
        assertThat(Shard.WHOLE.columns(64)).isEqualTo(Columns.all(64));
    }

    @Test
    void shouldMakeASmallerModelOfTheSameShape() {
        ModelConfig own = new Shard(1, 2).of(config(Architecture.LLAMA, 24, 8));
        assertThat(own.numHeads()).isEqualTo(12);
        assertThat(own.numKvHeads()).isEqualTo(4);
        assertThat(own.intermediateSize()).isEqualTo(96);
        assertThat(own.hiddenSize()).isEqualTo(64);
        assertThat(own.vocabSize()).isEqualTo(640);
    }

    @Test
    void shouldRefuseWhatDoesNotDivide() {
        ModelConfig config = config(Architecture.LLAMA, 12, 6);
        assertThatThrownBy(() -> new Shard(0, 4).of(config))
                .hasMessage(
                        "num_key_value_heads: 6 (expected: a multiple of 4 for"
                                + " tensor-parallel-size 4)");
        assertThatThrownBy(() -> new Shard(0, 5).of(config))
                .hasMessageContaining("num_attention_heads: 12 (expected: a multiple of 5");
        assertThatThrownBy(() -> new Shard(2, 2)).hasMessageContaining("rank 2 of 2");
    }
}
