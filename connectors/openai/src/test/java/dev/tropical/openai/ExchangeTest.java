package dev.tropical.openai;

import static dev.tropical.openai.Events.POSITION;
import static dev.tropical.openai.Events.call;
import static dev.tropical.openai.Events.chunk;
import static dev.tropical.openai.Events.ending;
import static dev.tropical.openai.Events.finish;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.ConflictException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    private static final int CAPACITY = 3;

    private final AtomicInteger cancels = new AtomicInteger();
    private final HttpResponseWriter response = HttpResponse.streaming();
    private final CompletionListener events = exchange(true).listener(0);

    @Test
    void shouldDeliverAWholeStreamToAClientThatReads() {
        Client client = Client.of(response, Long.MAX_VALUE);

        events.onEvent(chunk(0, "a"), POSITION);
        events.onEvent(finish(0, "stop"), POSITION);
        events.onEvent(ending(1, 1, 0), POSITION);

        assertThat(client.head()).contains(":status=200").contains("x-request-id=id-1");
        assertThat(client.body()).contains("\"text\":\"a\"").endsWith("data: [DONE]\n\n");
        assertThat(client.isComplete()).isTrue();
        assertThat(cancels).hasValue(0);
    }

    @Test
    void shouldHoldEventsBackUntilTheClientReadsOn() {
        Client client = Client.of(response, 2);

        events.onEvent(
                chunk(0, "first"), POSITION); // the head and this are what the client asked for
        events.onEvent(chunk(0, "second"), POSITION);
        events.onEvent(chunk(0, "third"), POSITION);
        assertThat(client.body()).contains("first").doesNotContain("second");

        client.request(1);
        client.request(1);
        assertThat(client.body()).contains("second", "third");
        assertThat(cancels).hasValue(0);
    }

    @Test
    void shouldCancelTheRequestOfAClientThatReadsTooSlowly() {
        Client client = Client.of(response, 1);
        for (int i = 0; i < 2 + CAPACITY; i++) {
            events.onEvent(chunk(0, "t" + i), POSITION);
        }
        assertThat(cancels).hasValue(1);

        events.onEvent(ending(1, 1, 0), POSITION); // of the cancelled request: too late to be told
        client.request(Long.MAX_VALUE);
        assertThat(client.body())
                .contains("t0", "t" + CAPACITY)
                .doesNotContain("t" + (CAPACITY + 1))
                .contains("\"code\":\"slow_reader\"")
                .endsWith("data: [DONE]\n\n");
        assertThat(client.isComplete()).isTrue();
        assertThat(cancels).hasValue(1);
    }

    @Test
    void shouldCancelTheRequestOfAClientThatGoesAway() {
        events.onEvent(chunk(0, "a"), POSITION);
        response.abort();
        events.onEvent(chunk(0, "b"), POSITION);
        events.onFailure(new IllegalStateException("closed"));

        assertThat(cancels).hasValue(1);
    }

    @Test
    void shouldNotCancelARequestThatHasEnded() {
        events.onEvent(finish(0, "stop"), POSITION);
        events.onEvent(ending(1, 1, 0), POSITION);
        response.abort();

        assertThat(cancels).hasValue(0);
    }

    @Test
    void shouldNotCancelTheRequestThatHadTheIdFirst() {
        Client client = Client.of(response, Long.MAX_VALUE);

        events.onFailure(new ConflictException("used before"));

        assertThat(client.head()).contains(":status=409");
        assertThat(client.isComplete()).isTrue();
        assertThat(cancels).hasValue(0);
    }

    @Test
    void shouldTellTheClientWhenKafkaFails() {
        Client client = Client.of(response, Long.MAX_VALUE);

        events.onFailure(new IllegalStateException("no broker"));

        assertThat(client.head()).contains(":status=503");
        assertThat(client.body()).contains("\"code\":\"kafka_unavailable\"", "no broker");
        assertThat(cancels).hasValue(1);
    }

    private Exchange exchange(boolean isStream) {
        Answer answer = Answer.to(call(Endpoint.COMPLETIONS, isStream, false));
        Exchange made =
                new Exchange(
                        "id-1",
                        answer,
                        response,
                        Runnable::run,
                        1,
                        CAPACITY,
                        part -> cancels.incrementAndGet());
        made.watchClient();
        return made;
    }
}
