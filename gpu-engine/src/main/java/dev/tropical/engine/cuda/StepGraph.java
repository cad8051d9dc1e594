package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;

/** A captured pass: some hundred kernels that one call launches. */
final class StepGraph implements AutoCloseable {
    private final CUgraphExec_st handle = new CUgraphExec_st();

    /**
     * Records what {@code work} enqueues to the stream; nothing of it runs. Everything in it must
     * have run before, as code is loaded at first use, which a recording does not allow.
     */
    StepGraph(Stream stream, Runnable work) {
        CUgraph_st graph = new CUgraph_st();
        // Only this thread's unsafe calls spoil a thread-local recording.
        Cuda.check(
                cudart.cudaStreamBeginCapture(
                        stream.handle(), cudart.cudaStreamCaptureModeThreadLocal),
                "cudaStreamBeginCapture");
        try {
            work.run();
        } finally {
            Cuda.check(cudart.cudaStreamEndCapture(stream.handle(), graph), "cudaStreamEndCapture");
        }
        Cuda.check(cudart.cudaGraphInstantiate(handle, graph, 0), "cudaGraphInstantiate");
        Cuda.check(cudart.cudaGraphDestroy(graph), "cudaGraphDestroy");
    }

    void launch(Stream stream) {
        Cuda.check(cudart.cudaGraphLaunch(handle, stream.handle()), "cudaGraphLaunch");
    }

    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.check(cudart.cudaGraphExecDestroy(handle), "cudaGraphExecDestroy");
            handle.setNull();
        }
    }
}
