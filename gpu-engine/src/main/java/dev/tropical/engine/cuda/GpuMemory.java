package dev.tropical.engine.cuda;

/**
 * A GPU's memory, in bytes.
 *
 * @param own what this process's buffers take
 * @param free what nobody has taken
 * @param total all of it
 */
record GpuMemory(long own, long free, long total) {}
