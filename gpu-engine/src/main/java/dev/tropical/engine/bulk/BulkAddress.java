package dev.tropical.engine.bulk;

/**
 * Where an engine takes KV frames in clear text.
 *
 * @param host one address of this machine, by which peers reach it
 * @param port TCP port; 0 = any free one
 */
public record BulkAddress(String host, int port) {
    public BulkAddress {
        if (host.isBlank()) {
            throw new IllegalArgumentException("kv-host: '" + host + "' (expected: an address)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("kv-port: " + port + " (expected: 0 to 65535)");
        }
    }
}
