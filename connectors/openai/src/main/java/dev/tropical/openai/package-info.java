/**
 * The HTTP gateway in OpenAI's shapes: each call becomes a record of the requests topic, and its
 * completion records become the answer. Imports the protocol, the Kafka client and Armeria; never
 * Flink or an engine. The classes that shape JSON are plain and have one thread; {@code
 * OpenAiGateway} owns the server, its threads and the Kafka client.
 */
@NullMarked
package dev.tropical.openai;

import org.jspecify.annotations.NullMarked;
