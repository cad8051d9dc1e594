package dev.tropical.engine.loop;

import static dev.tropical.engine.loop.LoopHarness.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.scheduling.batch.Sequence;
import org.junit.jupiter.api.Test;

class SequenceStoreTest {
    private final SequenceStore store = new SequenceStore(LoopOptions.defaults(false));
    private final Holding holding = new Holding(new Sequence(request("r", 2, 9).build(), 0), 0);

    @Test
    void shouldRememberWhereASequenceWent() {
        store.hold(holding);
        store.moved(holding.key(), "d", 0);
        assertThat(store.find(holding.key())).isEmpty();
        assertThat(store.movedTo(holding.key())).contains("d");
    }

    /** Else, once both have dropped it, each would name the other to whoever asks. */
    @Test
    void shouldForgetWhereASequenceWentThatCameBack() {
        store.hold(holding);
        store.moved(holding.key(), "d", 0);
        store.hold(holding);
        store.forget(holding.key());
        assertThat(store.movedTo(holding.key())).isEmpty();
    }
}
