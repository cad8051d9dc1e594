package dev.tropical.engine.io;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many KV frames each peer's link holds that ZeroMQ has not taken yet: the back-pressure of a
 * migration. The loop takes credits, the I/O thread gives them back.
 */
final class FrameCredits {
    private final Map<String, AtomicInteger> waitingByPeer = new ConcurrentHashMap<>();

    int available(String engineId) {
        AtomicInteger waiting = waitingByPeer.get(engineId);
        return waiting == null ? 0 : Math.max(0, PeerLink.MAX_WAITING_FRAMES - waiting.get());
    }

    void take(String engineId) {
        add(engineId, 1);
    }

    void giveBack(String engineId, int frames) {
        if (frames > 0) {
            add(engineId, -frames);
        }
    }

    void opened(String engineId) {
        waitingByPeer.put(engineId, new AtomicInteger());
    }

    void closed(String engineId) {
        waitingByPeer.remove(engineId);
    }

    private void add(String engineId, int frames) {
        AtomicInteger waiting = waitingByPeer.get(engineId);
        if (waiting != null) {
            waiting.updateAndGet(now -> Math.max(0, now + frames));
        }
    }
}
