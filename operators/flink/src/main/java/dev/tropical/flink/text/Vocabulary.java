package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** The tokens of a {@code tokenizer.json}: what each id stands for. Immutable. */
final class Vocabulary {
    private static final byte[] NOTHING = {};

    private final Map<Integer, byte[]> bytes = new HashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final BitSet special = new BitSet();
    private int longestTokenBytes = 1;

    private Vocabulary() {}

    static Vocabulary read(Path tokenizerJson) throws IOException {
        JsonNode root = new ObjectMapper().readTree(tokenizerJson.toFile());
        Vocabulary vocabulary = new Vocabulary();
        boolean byteLevel = mentions(root.path("decoder"), "ByteLevel");
        JsonNode model = root.path("model").path("vocab");
        if (model.isArray()) { // Unigram: [piece, score] in order of ids
            for (int id = 0; id < model.size(); id++) {
                vocabulary.add(id, model.get(id).path(0).asText(), byteLevel);
            }
        } else {
            model.properties()
                    .forEach(e -> vocabulary.add(e.getValue().asInt(), e.getKey(), byteLevel));
        }
        for (JsonNode added : root.path("added_tokens")) {
            int id = added.path("id").asInt();
            String content = added.path("content").asText();
            vocabulary.put(id, content, content.getBytes(StandardCharsets.UTF_8));
            vocabulary.special.set(id, added.path("special").asBoolean());
        }
        if (vocabulary.ids.isEmpty()) {
            throw new IOException(tokenizerJson + " has no tokens (expected: model.vocab)");
        }
        return vocabulary;
    }

    private static boolean mentions(JsonNode decoder, String type) {
        if (decoder.path("type").asText().equals(type)) {
            return true;
        }
        for (JsonNode part : decoder.path("decoders")) {
            if (mentions(part, type)) {
                return true;
            }
        }
        return false;
    }

    private void add(int id, String token, boolean byteLevel) {
        put(id, token, byteLevel ? ByteLevel.bytes(token) : sentencePieceBytes(token));
    }

    private void put(int id, String token, byte[] meaning) {
        ids.put(token, id);
        bytes.put(id, meaning);
        longestTokenBytes = Math.max(longestTokenBytes, meaning.length);
    }

    /** {@code <0xE2>} is a byte, U+2581 a space. */
    private static byte[] sentencePieceBytes(String token) {
        if (token.matches("<0x[0-9A-Fa-f]{2}>")) {
            return new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)};
        }
        return token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
    }

    byte[] bytesOf(int id) {
        return bytes.getOrDefault(id, NOTHING).clone();
    }

    int idOf(String token) {
        return ids.getOrDefault(token, -1);
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    int longestTokenBytes() {
        return longestTokenBytes;
    }
}
