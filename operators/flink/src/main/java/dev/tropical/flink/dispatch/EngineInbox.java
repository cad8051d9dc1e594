package dev.tropical.flink.dispatch;

import dev.tropical.engine.client.EngineListener;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;

/**
 * The way from the engine client's I/O thread to the task thread: a bounded queue and one mail for
 * a burst of news. A slow task blocks the I/O thread, and with it the engines' sending, and nothing
 * else; the lanes then find the gaps and ask again.
 */
final class EngineInbox implements EngineListener {
    /** Messages of one step each: at 64 engines and 50 steps a second more than a second's. */
    static final int CAPACITY = 4_096;

    private final BlockingQueue<News> queue;
    private final MailboxExecutor mailbox;
    private final NewsHandler handler;
    private final AtomicBoolean isDrainPosted = new AtomicBoolean();
    private volatile boolean isClosed;

    /** What an engine's news is handled by, on the task thread. */
    interface NewsHandler {
        void onUp(String engineId);

        void onEvents(EngineEvents events);

        void onLost(String engineId, String reason);
    }

    private interface News {
        void tell(NewsHandler handler);
    }

    EngineInbox(MailboxExecutor mailbox, NewsHandler handler) {
        this(mailbox, handler, CAPACITY);
    }

    EngineInbox(MailboxExecutor mailbox, NewsHandler handler, int capacity) {
        this.mailbox = mailbox;
        this.handler = handler;
        this.queue = new ArrayBlockingQueue<>(capacity);
    }

    @Override
    public void onUp(EngineInfo engine) {
        put(to -> to.onUp(engine.getEngineId()));
    }

    @Override
    public void onEvents(EngineEvents events) {
        put(to -> to.onEvents(events));
    }

    @Override
    public void onStatus(EngineStatus status) {
        // the router's business
    }

    @Override
    public void onLost(EngineInfo engine, String reason) {
        put(to -> to.onLost(engine.getEngineId(), reason));
    }

    @Override
    public void onFailure(RuntimeException failure) {
        put(
                to -> {
                    throw failure;
                });
    }

    /** The I/O thread must not wait for a task that has ended. */
    void close() {
        isClosed = true;
        queue.clear();
    }

    private void put(News news) {
        try {
            while (!isClosed && !queue.offer(news, 100, TimeUnit.MILLISECONDS)) {
                post(); // full: the task is slow, or its mail was lost with a closing mailbox
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        post();
    }

    private void post() {
        if (isClosed || !isDrainPosted.compareAndSet(false, true)) {
            return;
        }
        try {
            mailbox.execute(this::drain, "news of engines");
        } catch (RejectedExecutionException e) {
            isClosed = true; // the task is stopping
        }
    }

    private void drain() {
        isDrainPosted.set(false);
        // What was there when the mail ran: a busy engine must not keep the task from its other
        // mails.
        for (int left = queue.size(); left > 0; left--) {
            News news = queue.poll();
            if (news != null) {
                news.tell(handler);
            }
        }
        if (!queue.isEmpty()) {
            post();
        }
    }
}
