package dev.tropical.engine.cuda;

import java.time.Duration;
import java.util.List;

/**
 * A rank among those that load a model together.
 *
 * @param group where they meet
 */
record RankSeat(Shard shard, RankGroup group) {
    /** Of a model on one GPU. */
    static RankSeat alone() {
        return new RankSeat(Shard.WHOLE, new RankGroup(1, Duration.ZERO));
    }

    /** See {@link RankGroup#exchange}. */
    <T> List<T> exchange(T own) {
        return group.exchange(shard.rank(), own);
    }
}
