package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes small model folders: enough for everything that the job reads of a model. */
public final class TestModels {
    public static final int CONTEXT = 64;
    public static final String CHAT_TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] not in ['system',"
                    + " 'user', 'assistant'] %}{{ raise_exception('Unknown role ' +"
                    + " message['role']) }}{% endif %}{{ '<|' + message['role'] + '|>' +"
                    + " message['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt"
                    + " %}{{ '<|assistant|>' }}{% endif %}";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Special tokens of the byte-level model in order of their ids, from 0. */
    public static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>");

    private static final List<String> MERGES =
            List.of("h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o", "t h", "Ġ th", "ð Ł", "ä ½");

    private TestModels() {}

    /**
     * Byte-level BPE, GPT-2's way: 6 special tokens, the 256 bytes, 10 merges, an added token that
     * is not special, and a vocabulary that the model pads to 280.
     */
    public static ServedModel byteLevel(Path directory) {
        ObjectNode tokenizer = JSON.createObjectNode();
        ArrayNode added = tokenizer.putArray("added_tokens");
        ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
        ObjectNode vocab = model.putObject("vocab");
        int next = 0;
        for (String token : SPECIAL) {
            addToken(added, next, token, true);
            vocab.put(token, next++);
        }
        for (int b = 0; b < 256; b++) {
            vocab.put(String.valueOf(byteLevelCharacter(b)), next++);
        }
        ArrayNode merges = model.putArray("merges");
        for (String merge : MERGES) {
            merges.add(merge);
            vocab.put(merge.replace(" ", ""), next++);
        }
        addToken(added, next, "<tool😀>", false);
        byteLevel(tokenizer.putObject("pre_tokenizer"));
        byteLevel(tokenizer.putObject("decoder"));
        ObjectNode processor = tokenizer.putObject("post_processor");
        processor.put("type", "TemplateProcessing").putArray("pair");
        ArrayNode single = processor.putArray("single");
        single.addObject().putObject("SpecialToken").put("id", "<s>").put("type_id", 0);
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        ObjectNode bos = processor.putObject("special_tokens").putObject("<s>");
        bos.put("id", "<s>").putArray("ids").add(0);
        bos.putArray("tokens").add("<s>");
        ObjectNode config = JSON.createObjectNode();
        config.put("bos_token", "<s>").put("eos_token", "</s>").put("chat_template", CHAT_TEMPLATE);
        write(directory, tokenizer, config, 280);
        return new ServedModel(directory.toString(), List.of("tiny", "tiny-alias"));
    }

    /** SentencePiece's way, as Llama 2 has it: words start with U+2581, bytes as fallback. */
    public static ServedModel sentencePiece(Path directory) {
        ObjectNode tokenizer = JSON.createObjectNode();
        ArrayNode added = tokenizer.putArray("added_tokens");
        addToken(added, 0, "<unk>", true);
        addToken(added, 1, "<s>", true);
        addToken(added, 2, "</s>", true);
        ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
        model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
        ObjectNode vocab = model.putObject("vocab");
        vocab.put("<unk>", 0).put("<s>", 1).put("</s>", 2);
        for (int b = 0; b < 256; b++) {
            vocab.put(String.format("<0x%02X>", b), vocab.size());
        }
        for (String token : List.of("▁", "a", "b", "c", "d", "ab", "cd", "▁ab", "▁cd", "。")) {
            vocab.put(token, vocab.size());
        }
        ArrayNode merges = model.putArray("merges");
        List.of("a b", "c d", "▁ ab", "▁ cd").forEach(merges::add);
        ArrayNode normalizers =
                tokenizer.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        replace(normalizers.addObject(), " ", "▁");
        ArrayNode decoders =
                tokenizer.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), "▁", " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        ObjectNode config = JSON.createObjectNode();
        config.put("bos_token", "<s>").put("eos_token", "</s>").put("add_bos_token", true);
        write(directory, tokenizer, config, vocab.size());
        return new ServedModel(directory.toString(), List.of("piece"));
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel").put("add_prefix_space", false);
        node.put("trim_offsets", true).put("use_regex", true);
    }

    private static void replace(ObjectNode node, String from, String to) {
        node.put("type", "Replace").put("content", to).putObject("pattern").put("String", from);
    }

    private static void addToken(ArrayNode added, int id, String content, boolean special) {
        ObjectNode token = added.addObject().put("id", id).put("content", content);
        token.put("single_word", false).put("lstrip", false).put("rstrip", false);
        token.put("normalized", false).put("special", special);
    }

    private static char byteLevelCharacter(int b) {
        char next = 0x100;
        for (int i = 0; i <= b; i++) {
            boolean printable = (i > 0x20 && i < 0x7f) || (i > 0xa0 && i != 0xad);
            if (i == b) {
                return printable ? (char) b : next;
            }
            next += printable ? 0 : 1;
        }
        throw new IllegalArgumentException("byte " + b);
    }

    private static void write(
            Path directory, ObjectNode tokenizer, ObjectNode tokenizerConfig, int vocabSize) {
        tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
        ObjectNode config = JSON.createObjectNode();
        config.put("max_position_embeddings", CONTEXT).put("vocab_size", vocabSize);
        config.put("eos_token_id", 1);
        ObjectNode generation = JSON.createObjectNode();
        generation.putArray("eos_token_id").add(1).add(5);
        try {
            Files.createDirectories(directory);
            writeJson(directory.resolve("tokenizer.json"), tokenizer);
            writeJson(directory.resolve("tokenizer_config.json"), tokenizerConfig);
            writeJson(directory.resolve("config.json"), config);
            writeJson(directory.resolve("generation_config.json"), generation);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeJson(Path file, ObjectNode json) throws IOException {
        Files.write(file, json.toString().getBytes(StandardCharsets.UTF_8));
    }
}
