package dev.tropical.engine.model;

/** Where a model's weights come from. */
public enum LoadFormat {
    /** The safetensors files of the model's folder. */
    AUTO,
    /** Random numbers in the shapes that config.json names; for measuring without a checkpoint. */
    DUMMY
}
