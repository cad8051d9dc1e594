package dev.tropical.openai;

import com.linecorp.armeria.common.Flags;
import com.linecorp.armeria.common.util.TransportType;
import com.linecorp.armeria.server.ServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.time.Duration;

/** How the server finds out about clients that are gone without a word. */
final class Connections {
    /**
     * Twice and something within the 15 s in which a request of a lost client must be cancelled.
     */
    private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

    /** For what was sent to be acknowledged. */
    private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(10);

    private static final int PROBES = 2;

    private Connections() {}

    static void configure(ServerBuilder server) {
        server.pingInterval(PING_INTERVAL); // HTTP/2
        server.childChannelOption(ChannelOption.SO_KEEPALIVE, true);
        if (Flags.transportType() == TransportType.EPOLL) {
            int seconds = (int) PING_INTERVAL.toSeconds();
            server.childChannelOption(
                            EpollChannelOption.TCP_USER_TIMEOUT, (int) UNACKNOWLEDGED.toMillis())
                    .childChannelOption(EpollChannelOption.TCP_KEEPIDLE, seconds)
                    .childChannelOption(EpollChannelOption.TCP_KEEPINTVL, seconds)
                    .childChannelOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
        }
    }
}
