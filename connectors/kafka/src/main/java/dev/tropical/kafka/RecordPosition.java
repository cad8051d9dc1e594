package dev.tropical.kafka;

/**
 * Where on the completions topic something was said.
 *
 * @param textOffset code points of the choice's text before the record's; 0 but for chunks
 */
public record RecordPosition(int partition, long offset, int textOffset) {}
