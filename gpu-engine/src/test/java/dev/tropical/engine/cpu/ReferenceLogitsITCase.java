package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.Checkpoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each architecture against logits and greedy tokens that Hugging Face transformers computed. */
class ReferenceLogitsITCase {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3-rope",
                "llama-tied",
                "mistral",
                "qwen2",
                "qwen3",
                "internlm2"
            })
    void shouldAgreeWithTransformers(String name) throws Exception {
        Fixture fixture = Fixture.load(name);
        Checkpoint checkpoint = Checkpoint.open(fixture.folder());
        try (ForwardHarness harness =
                new ForwardHarness(
                        fixture.config(),
                        workers -> new CheckpointWeights(checkpoint, workers),
                        2,
                        1)) {
            for (Fixture.Prompt prompt : fixture.prompts()) {
                float[][] logits = harness.logits(prompt.path(), 64);
                // 1e-5 is what float32 gives; the promise is 1e-3.
                assertThat(Differences.relative(logits, prompt.logits())).isLessThan(5e-5);
                for (int i = 0; i < prompt.greedy().length; i++) {
                    float[] row = logits[prompt.tokens().length - 1 + i];
                    assertThat(Differences.argmax(row)).isEqualTo(prompt.greedy()[i]);
                }
            }
        }
    }
}
