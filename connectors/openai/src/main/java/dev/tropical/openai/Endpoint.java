package dev.tropical.openai;

/** The two endpoints that generate text. */
enum Endpoint {
    COMPLETIONS("/v1/completions", "cmpl-", "prompt", "messages"),
    CHAT("/v1/chat/completions", "chatcmpl-", "messages", "prompt");

    private final String path;
    private final String idPrefix;
    private final String input;
    private final String othersInput;

    Endpoint(String path, String idPrefix, String input, String othersInput) {
        this.path = path;
        this.idPrefix = idPrefix;
        this.input = input;
        this.othersInput = othersInput;
    }

    String path() {
        return path;
    }

    /** What a made-up request id starts with. */
    String idPrefix() {
        return idPrefix;
    }

    /** The field that holds what to complete. */
    String input() {
        return input;
    }

    /** The other endpoint's such field; admission takes both, so the gateway keeps them apart. */
    String othersInput() {
        return othersInput;
    }

    /** What it does, in a line. */
    String summary() {
        return switch (this) {
            case COMPLETIONS -> "Go on with a prompt";
            case CHAT -> "Answer a chat";
        };
    }

    /** How its answers are worded. */
    Shape shape() {
        return switch (this) {
            case COMPLETIONS -> new TextShape();
            case CHAT -> new ChatShape();
        };
    }
}
