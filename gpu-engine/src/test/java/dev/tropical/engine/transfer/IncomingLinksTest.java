package dev.tropical.engine.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.BlockLinks;
import dev.tropical.engine.model.DType;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.protocol.wire.KvType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IncomingLinksTest {
    private static final ByteString LINK_ID = ByteString.copyFromUtf8("link");
    private static final long NOW_NS = 5;

    /** A link that stays in a state. */
    private static final class StuckLink implements BlockLink {
        private final State state;
        boolean isClosed;

        StuckLink(State state) {
            this.state = state;
        }

        @Override
        public State turn() {
            return state;
        }

        @Override
        public long send(int[] blocks) {
            throw new AssertionError("sent at the receiver's end (expected: nothing)");
        }

        @Override
        public long receive(int[] from, int[] into) {
            return 1;
        }

        @Override
        public long discard(int count) {
            return 1;
        }

        @Override
        public long done() {
            return 0;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    private static final KvReserve RESERVE =
            KvReserve.newBuilder()
                    .setEngineId("p")
                    .setIncarnation("1")
                    .setLinkId(LINK_ID)
                    .setKvType(KvType.KV_BFLOAT16)
                    .build();

    private static IncomingLinks links(StuckLink link) {
        BlockLinks device =
                new BlockLinks() {
                    @Override
                    public byte[] newId(int refused) {
                        return new byte[0];
                    }

                    @Override
                    public BlockLink open(byte[] id, boolean isSender) {
                        return link;
                    }
                };
        PeerDirectory peers = new PeerDirectory("d", TransferOptions.DEFAULT);
        peers.update(
                0, List.of(EngineInfo.newBuilder().setEngineId("p").setIncarnation("1").build()));
        peers.seen(EngineStatus.newBuilder().setEngineId("p").setIncarnation("1").build(), NOW_NS);
        return new IncomingLinks(Optional.of(device), DType.BF16, peers, TransferOptions.DEFAULT);
    }

    @Test
    void shouldAcceptLinkThatOpens() {
        StuckLink link = new StuckLink(BlockLink.State.OPENING);
        IncomingLinks links = links(link);
        assertThat(links.accept(RESERVE, NOW_NS)).isEqualTo(LINK_ID);
        assertThat(links.failed(RESERVE)).isEqualTo(ByteString.EMPTY);
        assertThat(link.isClosed).isFalse();
    }

    @Test
    void shouldRefuseLinkThatIsBrokenFromTheStart() {
        StuckLink link = new StuckLink(BlockLink.State.BROKEN);
        IncomingLinks links = links(link);
        assertThat(links.accept(RESERVE, NOW_NS)).isEqualTo(ByteString.EMPTY);
        assertThat(links.failed(RESERVE)).isEqualTo(LINK_ID);
        assertThat(link.isClosed).isTrue();
    }
}
