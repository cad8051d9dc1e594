package dev.tropical.flink;

import dev.tropical.kafka.ValueTypeInfo;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.InferenceRequest;
import java.nio.charset.StandardCharsets;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Inference in a user's own job: summarise a stream of reviews. */
final class AttachExample {
    private AttachExample() {}

    static void summarise(DataStream<String> reviews, Configuration configuration) {
        DataStream<InferenceRequest> requests =
                reviews.map(AttachExample::request).returns(ValueTypeInfo.REQUEST);
        Inference.attach(requests, InferenceOptions.from(configuration))
                .map(record -> record.id() + " " + text(record))
                .print();
    }

    private static String text(CompletionRecord record) {
        return record instanceof CompletionRecord.Chunk chunk ? chunk.text().value() : "";
    }

    private static InferenceRequest request(String review) {
        String body = "{\"prompt\": \"In short: " + review.replace('"', ' ') + "\"}";
        return new InferenceRequest(
                "review-" + review.hashCode(),
                body.getBytes(StandardCharsets.UTF_8),
                System.currentTimeMillis(),
                "reviews");
    }
}
