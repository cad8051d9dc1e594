package dev.tropical.engine.loop;

import dev.tropical.engine.model.BlockLinks;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Another runner whose device has links. */
final class RunnerWithLinks implements ModelRunner {
    private final ModelRunner runner;
    private final BlockLinks links;

    RunnerWithLinks(ModelRunner runner, FakeLinks links) {
        this.runner = runner;
        this.links = links.of(this);
    }

    @Override
    public Optional<BlockLinks> links() {
        return Optional.of(links);
    }

    @Override
    public ModelSpec spec() {
        return runner.spec();
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        runner.bind(slot, sampling, prompt, generated);
    }

    @Override
    public void release(int slot) {
        runner.release(slot);
    }

    @Override
    public void launch(StepPlan plan) {
        runner.launch(plan);
    }

    @Override
    public Optional<StepResult> poll(long timeoutNs) throws InterruptedException {
        return runner.poll(timeoutNs);
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        runner.readBlock(block, offset, out);
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        runner.writeBlock(block, offset, in);
    }

    @Override
    public void close() {
        runner.close();
    }
}
