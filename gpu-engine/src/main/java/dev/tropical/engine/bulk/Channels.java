package dev.tropical.engine.bulk;

import java.io.IOException;
import java.nio.channels.Channel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing without a word. */
final class Channels {
    private static final Logger LOG = LoggerFactory.getLogger(Channels.class);

    private Channels() {}

    /** Nobody could do anything about a channel that fails to close. */
    static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a connection for KV frames did not close well", e);
        }
    }
}
