package dev.tropical.protocol;

/** Why a choice ended: the words of {@code finish_reason} on the completions topic. */
public enum FinishWord {
    /** End of sequence, a stop token or a stop string. */
    STOP("stop"),
    /** {@code max_tokens} or the model's context. */
    LENGTH("length"),
    /** Its client asked for it. */
    CANCELLED("cancelled"),
    /** The request's ending says which. */
    ERROR("error");

    private final String word;

    FinishWord(String word) {
        this.word = word;
    }

    /** The word in the record. */
    public String word() {
        return word;
    }

    /** How choices end whose request fails with this {@link ErrorCode}'s word. */
    public static FinishWord ofFailure(String code) {
        return code.equals(ErrorCode.CANCELLED.code()) ? CANCELLED : ERROR;
    }
}
