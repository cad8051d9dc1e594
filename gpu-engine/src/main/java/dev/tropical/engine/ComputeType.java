package dev.tropical.engine;

/** What {@code --dtype} may say. */
enum ComputeType {
    /** What the device is fastest with: bf16 on a GPU, float32 arithmetic on a CPU. */
    AUTO,
    BFLOAT16,
    FLOAT32
}
