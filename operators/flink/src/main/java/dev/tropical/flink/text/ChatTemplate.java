package dev.tropical.flink.text;

/** A model's chat template: messages to the one text that the model was trained to go on from. */
public final class ChatTemplate {}
