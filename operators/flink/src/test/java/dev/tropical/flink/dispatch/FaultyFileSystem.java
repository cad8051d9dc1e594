package dev.tropical.flink.dispatch;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.flink.core.fs.local.LocalRecoverableWriter;

/** The local file system under {@code faulty://}, on which there may be no space left. */
public final class FaultyFileSystem extends LocalFileSystem {
    /** Whether nothing can be written. */
    static volatile boolean isFull;

    /** How often something could not be. */
    static final AtomicInteger REFUSALS = new AtomicInteger();

    /** Found by Flink as a service. */
    public static final class Factory implements FileSystemFactory {
        @Override
        public String getScheme() {
            return "faulty";
        }

        @Override
        public FileSystem create(URI uri) {
            return new FaultyFileSystem();
        }
    }

    @Override
    public URI getUri() {
        return URI.create("faulty:///");
    }

    /** As on a full disk the file is there, and takes nothing. */
    @Override
    public FSDataOutputStream create(Path file, WriteMode mode) throws IOException {
        return new Stream(super.create(file, mode));
    }

    /** There is none, so that a checkpoint's metadata is written by {@link #create} too. */
    @Override
    public LocalRecoverableWriter createRecoverableWriter() {
        throw new UnsupportedOperationException("faulty:// has no recoverable writer");
    }

    private static final class Stream extends FSDataOutputStream {
        private final FSDataOutputStream file;

        private Stream(FSDataOutputStream file) {
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (isFull) {
                REFUSALS.incrementAndGet();
                throw new IOException("No space left on device");
            }
            file.write(bytes, offset, length);
        }

        @Override
        public long getPos() throws IOException {
            return file.getPos();
        }

        @Override
        public void flush() throws IOException {
            file.flush();
        }

        @Override
        public void sync() throws IOException {
            file.sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
