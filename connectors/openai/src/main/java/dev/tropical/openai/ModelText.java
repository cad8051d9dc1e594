package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The served model's text and tokens. The job has the tokenizer, and a gateway knows no job: who
 * starts both brings it. For any thread.
 */
public interface ModelText {
    /**
     * Token ids of a prompt.
     *
     * @param body {@code prompt} or {@code messages} and what goes with them
     * @throws InvalidTextException naming the field
     */
    int[] tokenize(ObjectNode body) throws InvalidTextException;

    /**
     * Text of {@code tokens}.
     *
     * @throws InvalidTextException naming the field
     */
    String detokenize(ObjectNode body) throws InvalidTextException;

    /**
     * One token's text.
     *
     * @param body names the model
     * @throws InvalidTextException naming the field
     */
    String textOf(ObjectNode body, int tokenId) throws InvalidTextException;

    /** Tokens of prompt and completion together. */
    int maxModelLen();

    /** A client's fault. */
    final class InvalidTextException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String code;
        private final String param;

        /**
         * @param code the protocol's word
         * @param message value and what was expected
         * @param param the field at fault, or empty
         */
        public InvalidTextException(String code, String message, String param) {
            super(message, null, false, false);
            this.code = code;
            this.param = param;
        }

        String code() {
            return code;
        }

        String param() {
            return param;
        }
    }
}
