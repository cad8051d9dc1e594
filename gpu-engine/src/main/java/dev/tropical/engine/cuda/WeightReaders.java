package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Bf16;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Threads that read weights from files into pinned memory and send them to the GPU. Each has two
 * buffers and a stream of its own: it reads a piece while the GPU fetches its last one, and where a
 * file's type is the GPU's, nothing touches the bytes in between.
 *
 * <p>One thread adds pieces, and then {@link #await waits} for them; {@link #close} ends the
 * threads.
 */
final class WeightReaders implements AutoCloseable {
    /** One core copies some 8 GB/s out of the page cache, a GPU fetches 50. */
    private static final int MAX_READERS = 8;

    static final int PIECE_BYTES = 8 << 20;
    private static final int BUFFERS = 2;
    private static final Piece END = new Piece(null, 0, 0, 0, 0, 0, DType.BF16);

    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private final Map<Path, FileChannel> files = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> readers = new ArrayList<>();
    private final int gpu;
    private boolean isEnded;

    /**
     * Some columns of some rows of a tensor, at most {@link #PIECE_BYTES} as the GPU gets them.
     *
     * @param tensor null only at the end
     * @param first element of it
     * @param rows pieces of {@code cols} elements each
     * @param stride elements from one row to the next
     * @param to device address
     * @param type that the GPU gets: BF16 or F32
     */
    record Piece(
            @Nullable Tensor tensor,
            long first,
            int rows,
            int cols,
            long stride,
            long to,
            DType type) {}

    /** A pinned buffer and when the GPU has fetched what was in it. */
    private record Slot(PinnedBuffer memory, Event fetched) {}

    WeightReaders(int gpu) {
        this.gpu = gpu;
        int count = Math.min(MAX_READERS, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < count; i++) {
            Thread reader = new Thread(this::run, "weight-reader-" + i);
            reader.setDaemon(true);
            reader.start();
            readers.add(reader);
        }
    }

    void add(Piece piece) {
        pieces.add(piece);
    }

    /**
     * Waits until everything added is on the GPU; nothing can be added after.
     *
     * @throws ModelLoadException when a file could not be read
     */
    void await() throws ModelLoadException {
        end();
        Throwable cause = failure.get();
        if (cause != null) {
            throw new ModelLoadException("weights: " + cause.getMessage(), cause);
        }
    }

    private void end() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        readers.forEach(reader -> pieces.add(END));
        boolean isInterrupted = false;
        for (Thread reader : readers) {
            // A reader ends by itself: after the pieces, or at the first failure.
            while (reader.isAlive()) {
                try {
                    reader.join();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                    failure.compareAndSet(null, e);
                }
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (Owned owned = new Owned()) {
            GpuDevice.open(gpu);
            Slot[] slots = new Slot[BUFFERS];
            for (int i = 0; i < slots.length; i++) {
                slots[i] =
                        new Slot(owned.add(new PinnedBuffer(PIECE_BYTES)), owned.add(new Event()));
            }
            Stream stream = owned.add(new Stream());
            try {
                for (int i = 0; send(stream, slots[i % BUFFERS]); i++) {
                    // Each piece goes through the other buffer.
                }
            } finally {
                stream.synchronize();
            }
        } catch (InterruptedException | IOException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    /** Sends the next piece; false after the last, or when any reader has failed. */
    private boolean send(Stream stream, Slot slot) throws InterruptedException, IOException {
        Piece piece = pieces.take();
        Tensor tensor = piece.tensor;
        if (tensor == null || failure.get() != null) {
            return false;
        }
        slot.fetched.await();
        ByteBuffer buffer = slot.memory.view().clear().order(ByteOrder.LITTLE_ENDIAN);
        if (tensor.dtype() == piece.type) {
            read(piece, tensor, buffer);
        } else {
            convert(piece, tensor, buffer);
        }
        stream.copy(new Address(piece.to), slot.memory.pointer(), buffer.position());
        slot.fetched.record(stream);
        return true;
    }

    private void read(Piece piece, Tensor tensor, ByteBuffer buffer) throws IOException {
        FileChannel file = files.get(tensor.file());
        if (file == null) {
            FileChannel opened = FileChannel.open(tensor.file(), StandardOpenOption.READ);
            file = files.putIfAbsent(tensor.file(), opened);
            if (file == null) {
                file = opened;
            } else {
                opened.close();
            }
        }
        int bytes = tensor.dtype().bytes();
        for (int row = 0; row < piece.rows; row++) {
            long at = tensor.position() + (piece.first + row * piece.stride) * bytes;
            int end = buffer.position() + piece.cols * bytes;
            buffer.limit(end);
            while (buffer.hasRemaining()) {
                int count = file.read(buffer, at);
                if (count < 0) {
                    throw new EOFException(tensor.file() + ": ended within " + tensor.name());
                }
                at += count;
            }
        }
    }

    private static void convert(Piece piece, Tensor tensor, ByteBuffer buffer) {
        float[] values = new float[piece.cols];
        for (int row = 0; row < piece.rows; row++) {
            tensor.read(piece.first + row * piece.stride, values, piece.cols);
            for (float value : values) {
                if (piece.type == DType.F32) {
                    buffer.putFloat(value);
                } else {
                    buffer.putShort(Bf16.of(value));
                }
            }
        }
    }

    @Override
    public void close() {
        failure.compareAndSet(null, new IllegalStateException("closed while reading"));
        end();
        for (FileChannel file : files.values()) {
            try {
                file.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
