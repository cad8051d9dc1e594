package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocalPortsITCase {
    @Test
    void shouldGiveEachServerAPortThatNoClientGets() {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ports.add(LocalPorts.free("it", 0));
        }
        assertThat(ports).hasSize(100).allMatch(port -> port > 1024 && port < 32_768);
    }

    @Test
    void shouldSayThatThePortIsInUse() throws Exception {
        int port = LocalPorts.free("it", 0);
        assertThat(LocalPorts.free("it", port)).isEqualTo(port);
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> LocalPorts.free("it", taken.getLocalPort()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it's port: " + port);
        }
    }
}
