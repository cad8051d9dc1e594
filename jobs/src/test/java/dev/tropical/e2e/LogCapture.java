package dev.tropical.e2e;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;

/** All that this process logs while it is open: messages and the whole of their throwables. */
final class LogCapture extends AbstractAppender implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    LogCapture() {
        super(
                "capture",
                null,
                PatternLayout.newBuilder().withPattern("%c %m%n%throwable").build(),
                true,
                Property.EMPTY_ARRAY);
        start();
        context().getRootLogger().addAppender(this);
    }

    private static LoggerContext context() {
        return (LoggerContext) LogManager.getContext(false);
    }

    @Override
    public void append(LogEvent event) {
        lines.add(String.valueOf(getLayout().toSerializable(event)));
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        context().getRootLogger().removeAppender(this);
        stop();
    }
}
