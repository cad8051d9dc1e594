package dev.tropical.openai.monitor;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.RecordPosition;

/** Times a request on its way to its listener. */
public record TimedListener(CallTimer timer, CompletionListener listener)
        implements CompletionListener {
    @Override
    public void onEvent(CompletionEvent event, RecordPosition position) {
        timer.on(event);
        listener.onEvent(event, position);
    }

    @Override
    public void onEvent(CompletionEvent event) {
        throw new IllegalStateException("told without its position");
    }

    @Override
    public void onJoined() {
        timer.joined();
        listener.onJoined();
    }

    @Override
    public void onFailure(RuntimeException failure) {
        listener.onFailure(failure);
    }
}
