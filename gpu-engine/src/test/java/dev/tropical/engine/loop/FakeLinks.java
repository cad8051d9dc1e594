package dev.tropical.engine.loop;

import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.BlockLinks;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Links in memory between the engines of one test. A block is copied when both ends have asked for
 * it: what the sender holds by then, to where the receiver wanted it.
 */
final class FakeLinks {
    private final Map<String, Ends> ends = new HashMap<>();
    private final List<End> all = new ArrayList<>();
    int made;

    /** While set, nothing moves. */
    boolean isStalled;

    /** While set, ends do not find each other. */
    boolean isUnreachable;

    /** Receivers cannot open links whose id begins so. */
    String refusedPrefix = "none";

    private static final class Ends {
        @Nullable End sender;
        @Nullable End receiver;
    }

    /**
     * @param announced what the sender has said that it is, for a receiver
     */
    private record Item(long number, int block, int announced) {}

    /** The links of one engine. */
    BlockLinks of(RunnerWithLinks runner) {
        return new BlockLinks() {
            @Override
            public byte[] newId(int refused) {
                return ((refused == 0 ? "link-" : "other-") + made++)
                        .getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public BlockLink open(byte[] id, boolean isSender) {
                String name = new String(id, StandardCharsets.UTF_8);
                Ends both = ends.computeIfAbsent(name, i -> new Ends());
                End end = new End(runner, both, !isSender && name.startsWith(refusedPrefix));
                all.add(end);
                if (isSender) {
                    both.sender = end;
                } else {
                    both.receiver = end;
                }
                return end;
            }
        };
    }

    long open() {
        return all.stream().filter(end -> !end.isClosed).count();
    }

    private final class End implements BlockLink {
        private final RunnerWithLinks runner;
        private final Ends both;
        private final boolean isRefused;
        private final Deque<Item> items = new ArrayDeque<>();
        private long asked;
        private long done;
        private boolean isClosed;

        End(RunnerWithLinks runner, Ends both, boolean isRefused) {
            this.runner = runner;
            this.both = both;
            this.isRefused = isRefused;
        }

        @Override
        public State turn() {
            if (isRefused) {
                return State.BROKEN;
            }
            End sender = both.sender;
            End receiver = both.receiver;
            if (sender == null || receiver == null || isUnreachable) {
                return State.OPENING;
            }
            // A peer's death is not noticed by the device.
            if (!isStalled && !sender.isClosed && !receiver.isClosed) {
                while (!sender.items.isEmpty() && !receiver.items.isEmpty()) {
                    copy(sender, receiver);
                }
            }
            return State.OPEN;
        }

        private void copy(End sender, End receiver) {
            Item from = sender.items.remove();
            Item to = receiver.items.remove();
            if (to.block >= 0 && to.announced != from.block) {
                throw new AssertionError(
                        "block " + to.announced + " was announced (expected: " + from.block + ")");
            }
            ByteBuffer bytes = ByteBuffer.allocate(sender.runner.spec().blockBytes());
            sender.runner.readBlock(from.block, 0, bytes);
            if (to.block >= 0) {
                receiver.runner.writeBlock(to.block, 0, bytes.flip());
            }
            sender.done = sender.finished(from);
            receiver.done = receiver.finished(to);
        }

        private long finished(Item item) {
            boolean isLast = items.isEmpty() || items.element().number != item.number;
            return isLast ? item.number : done;
        }

        @Override
        public long send(int[] blocks) {
            return ask(blocks, blocks);
        }

        @Override
        public long receive(int[] from, int[] into) {
            return ask(into, from);
        }

        private long ask(int[] blocks, int[] announced) {
            asked++;
            for (int i = 0; i < blocks.length; i++) {
                items.add(new Item(asked, blocks[i], announced[i]));
            }
            return asked;
        }

        @Override
        public long discard(int count) {
            int[] nowhere = new int[count];
            Arrays.fill(nowhere, -1);
            return ask(nowhere, nowhere);
        }

        @Override
        public long done() {
            return done;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }
}
