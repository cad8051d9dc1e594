package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.common.Flags;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.util.TransportType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Clients that vanish without a word are noticed within 15 s. */
@Timeout(60)
class SilentClientsITCase {
    private static final int LIMIT_MS = 15_000;

    /** What the kernel does about it: a loss of packets takes more rights than a test has. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldHaveTheKernelWatchEveryConnection() throws Exception {
        assertThat(Flags.transportType()).isEqualTo(TransportType.EPOLL);
        AtomicReference<Channel> accepted = new AtomicReference<>();
        ServerBuilder builder =
                Server.builder()
                        .http(0)
                        .childChannelPipelineCustomizer(
                                pipeline -> accepted.set(pipeline.channel()))
                        .service("/", (context, request) -> HttpResponse.of(200));
        Connections.configure(builder);
        try (Server server = builder.build()) {
            server.start().join();
            try (Socket client = new Socket("127.0.0.1", server.activeLocalPort())) {
                assertThat(client.isConnected()).isTrue();
                await().atMost(Duration.ofSeconds(20)).until(() -> accepted.get() != null);
                Channel channel = accepted.get();
                assertThat(option(channel, ChannelOption.SO_KEEPALIVE)).isTrue();
                // Data that is not acknowledged, and a connection on which nothing is said.
                assertThat(option(channel, EpollChannelOption.TCP_USER_TIMEOUT))
                        .isBetween(1, LIMIT_MS);
                int idle = option(channel, EpollChannelOption.TCP_KEEPIDLE);
                int probes = option(channel, EpollChannelOption.TCP_KEEPCNT);
                int between = option(channel, EpollChannelOption.TCP_KEEPINTVL);
                assertThat((idle + probes * between) * 1_000).isBetween(1, LIMIT_MS);
            }
            assertThat(server.config().pingIntervalMillis()).isBetween(1L, LIMIT_MS / 2L);
        }
    }

    private static <T> T option(Channel channel, ChannelOption<T> option) {
        return channel.config().getOption(option);
    }

    /** Its kernel acknowledges what comes, so that only the missing answers to pings tell. */
    @Test
    @Tag("long")
    void shouldCancelTheRequestOfAnHttp2ClientThatAnswersNoPing() throws Exception {
        String id = "silent-" + UUID.randomUUID();
        GatewayOptions options = GatewayOptions.of("127.0.0.1", 0, "demo", SharedKafka.settings());
        FakeJob job = FakeJob.start(SharedKafka.settings());
        try (job;
                OpenAiGateway gateway = OpenAiGateway.start(options)) {
            assertThat(gateway.awaitReady(Duration.ofSeconds(30))).isTrue();
            try (Socket client = new Socket("127.0.0.1", gateway.port())) {
                call(client.getOutputStream(), id);
                assertThat(job.next().id()).isEqualTo(id);
                long saidNs = System.nanoTime();

                await().atMost(Duration.ofSeconds(30)).until(() -> !job.isIdle());

                assertThat(job.next()).matches(FakeJob.Received::isLeave);
                long silentMs = (System.nanoTime() - saidNs) / 1_000_000;
                System.out.printf("a silent HTTP/2 client was noticed after %d ms%n", silentMs);
                assertThat(silentMs).isGreaterThan(1_000);
            }
        }
    }

    /** HTTP/2 by hand, for a client of a library answers pings. */
    private static void call(OutputStream out, String id) throws IOException {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        headers.write(0x83); // :method POST
        headers.write(0x86); // :scheme http
        literal(headers, 0x04, "", "/v1/completions"); // :path
        literal(headers, 0x01, "", "test"); // :authority
        literal(headers, 0x00, "x-request-id", id);
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(frame(4, 0, 0, new byte[0])); // SETTINGS
        out.write(frame(1, 4, 1, headers.toByteArray())); // HEADERS, the end of them
        byte[] body = "{\"prompt\":\"a\",\"stream\":true}".getBytes(StandardCharsets.US_ASCII);
        out.write(frame(0, 1, 1, body)); // DATA, the end of the stream
        out.flush();
    }

    /** A header that enters no table. */
    private static void literal(ByteArrayOutputStream out, int index, String name, String value)
            throws IOException {
        out.write(index);
        for (String text : index == 0 ? new String[] {name, value} : new String[] {value}) {
            out.write(text.length()); // below 127
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload)
            throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(new byte[] {0, (byte) (payload.length >> 8), (byte) payload.length});
        frame.write(new byte[] {(byte) type, (byte) flags, 0, 0, 0, (byte) stream});
        frame.write(payload);
        return frame.toByteArray();
    }
}
