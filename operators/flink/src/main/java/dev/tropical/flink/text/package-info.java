/**
 * Text and tokens: what the job knows of a served model's folder, the tokenizer, the chat template,
 * and the incremental detokenizer. Imports the tokenizer's library and no Flink. Loaded models are
 * shared by all threads of a JVM; a {@link dev.tropical.flink.text.Detokenizer} belongs to the
 * thread of its lane.
 */
@NullMarked
package dev.tropical.flink.text;

import org.jspecify.annotations.NullMarked;
