package dev.tropical.flink.text;

/** A chat template cannot render these messages; the message says why, for the request's client. */
public final class ChatTemplateException extends Exception {
    private static final long serialVersionUID = 1L;

    ChatTemplateException(String message) {
        super(message);
    }
}
