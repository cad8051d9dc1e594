package dev.tropical.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Calls for streams over one kept connection, with as little of its own as can be: a client library
 * would be measured with the gateway.
 */
final class StreamCaller implements AutoCloseable {
    private static final int TIMEOUT_MS = 30_000;
    private static final String FIRST_EVENT = "data: {";
    private static final String LAST_CHUNK = "\r\n0\r\n\r\n";

    private final Socket socket;
    private final byte[] buffer = new byte[64 * 1024];

    StreamCaller(URI gateway) throws IOException {
        socket = new Socket(gateway.getHost(), gateway.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
    }

    /** From the call to its first event; returns when the answer is complete. */
    double firstTokenMs(String path, String body) throws IOException {
        byte[] call =
                "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(path, body.length(), body)
                        .getBytes(StandardCharsets.US_ASCII);
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream();
        StringBuilder answer = new StringBuilder();
        double firstMs = 0;
        long startNs = System.nanoTime();
        out.write(call);
        out.flush();
        while (answer.indexOf(LAST_CHUNK) < 0) {
            int read = in.read(buffer);
            if (read < 0) {
                throw new EOFException("the gateway closed the connection after: " + answer);
            }
            answer.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
            if (firstMs == 0 && answer.indexOf(FIRST_EVENT) >= 0) {
                firstMs = (System.nanoTime() - startNs) / 1e6;
            }
        }
        if (firstMs == 0) {
            throw new IOException("no event in: " + answer);
        }
        return firstMs;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
