package dev.tropical.openai;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.ResponseHeaders;
import io.netty.util.concurrent.ImmediateEventExecutor;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Reads a response on the calling thread, as much as it is told to. */
final class Client implements Subscriber<HttpObject> {
    private final StringBuilder body = new StringBuilder();
    private String head = "";
    private Subscription subscription;
    private boolean isComplete;

    private Client() {}

    /**
     * @param demand parts to read: the head is one
     */
    static Client of(HttpResponse response, long demand) {
        Client client = new Client();
        response.subscribe(client, ImmediateEventExecutor.INSTANCE);
        client.request(demand);
        return client;
    }

    void request(long parts) {
        subscription.request(parts);
    }

    String head() {
        return head;
    }

    String body() {
        return body.toString();
    }

    boolean isComplete() {
        return isComplete;
    }

    @Override
    public void onSubscribe(Subscription given) {
        subscription = given;
    }

    @Override
    public void onNext(HttpObject part) {
        if (part instanceof ResponseHeaders headers) {
            head = headers.toString();
        } else {
            body.append(((HttpData) part).toStringUtf8());
        }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {
        isComplete = true;
    }
}
