package dev.tropical.engine.cuda;

/**
 * A CUDA call failed. Most such errors stick to the context: what was computed since is lost, so
 * the engine ends and is started anew.
 */
final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CudaException(String message) {
        super(message);
    }

    CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}
