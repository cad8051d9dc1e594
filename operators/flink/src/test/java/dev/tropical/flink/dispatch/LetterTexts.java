package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.AdmittedRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Texts of a model whose token 0 is the letter a, 1 the letter b, and so on. */
final class LetterTexts implements TextSource {

    static int[] tokens(String text) {
        return text.chars().map(letter -> letter - 'a').toArray();
    }

    static String letter(int token) {
        return Character.toString((char) ('a' + token % 26));
    }

    @Override
    public boolean serves(String model) {
        return model.equals("letters");
    }

    @Override
    public ChoiceText open(AdmittedRequest request, int[] generatedTokenIds) {
        Letters letters = new Letters(request.getStopList());
        for (int token : generatedTokenIds) {
            letters.push(token);
        }
        return letters;
    }

    @Override
    public String promptText(AdmittedRequest request) {
        return request.getPromptTokenIdsList().stream()
                .map(LetterTexts::letter)
                .collect(Collectors.joining());
    }

    @Override
    public byte[] bytesOf(AdmittedRequest request, int tokenId) {
        return letter(tokenId).getBytes(StandardCharsets.UTF_8);
    }

    private static final class Letters implements ChoiceText {
        private final List<String> stops;
        private String heldBack = "";
        private @Nullable String stop;
        private int textOffset;

        Letters(List<String> stops) {
            this.stops = stops;
        }

        @Override
        public String push(int tokenId) {
            if (stop != null) {
                return "";
            }
            heldBack += letter(tokenId);
            for (String candidate : stops) {
                int at = heldBack.indexOf(candidate);
                if (at >= 0) {
                    stop = candidate;
                    String said = heldBack.substring(0, at);
                    heldBack = "";
                    return say(said);
                }
            }
            int certain = heldBack.length();
            for (int from = 0; from < heldBack.length(); from++) {
                String rest = heldBack.substring(from);
                if (stops.stream().anyMatch(candidate -> candidate.startsWith(rest))) {
                    certain = from;
                    break;
                }
            }
            String said = heldBack.substring(0, certain);
            heldBack = heldBack.substring(certain);
            return say(said);
        }

        @Override
        public String finish() {
            String rest = heldBack;
            heldBack = "";
            return say(rest);
        }

        private String say(String said) {
            textOffset += said.length();
            return said;
        }

        @Override
        public @Nullable String stopString() {
            return stop;
        }

        @Override
        public int textOffset() {
            return textOffset;
        }
    }
}
