package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client of every request: cuts repeats by offset and objects to everything else. */
final class Readers {
    private static final class Choice {
        final List<Integer> tokens = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        String finishReason = "";
    }

    private final Map<String, Map<Integer, Choice>> choices = new HashMap<>();
    private final Map<String, CompletionRecord> endings = new HashMap<>();

    /** Takes the next record of the topic. */
    void read(CompletionRecord record) {
        switch (record.kind()) {
            case CHUNK -> chunk(record);
            case ENDING -> ending(record);
            case NOTICE -> {}
        }
    }

    boolean isEnded(String id) {
        return endings.containsKey(id);
    }

    CompletionRecord ending(String id) {
        return endings.get(id);
    }

    List<Integer> tokens(String id, int choice) {
        Choice known = choices.getOrDefault(id, Map.of()).get(choice);
        return known == null ? List.of() : known.tokens;
    }

    String text(String id, int choice) {
        return choice(id, choice).text.toString();
    }

    String finishReason(String id, int choice) {
        return choice(id, choice).finishReason;
    }

    private void chunk(CompletionRecord record) {
        Choice choice = choice(record.id(), record.choice());
        require(record.tokenOffset() <= choice.tokens.size(), "token gap", record);
        for (int i = 0; i < record.tokenIds().length; i++) {
            int at = record.tokenOffset() + i;
            int token = record.tokenIds()[i];
            if (at < choice.tokens.size()) {
                require(choice.tokens.get(at) == token, "contradicting token", record);
            } else {
                choice.tokens.add(token);
            }
        }
        require(record.textOffset() <= choice.text.length(), "text gap", record);
        int known = choice.text.length() - record.textOffset();
        String overlap = record.text().substring(0, Math.min(known, record.text().length()));
        require(
                choice.text.substring(record.textOffset()).startsWith(overlap),
                "contradicting text",
                record);
        if (record.text().length() > known) {
            choice.text.append(record.text().substring(known));
        }
        String reason = record.finishReason();
        if (reason != null) {
            require(
                    choice.finishReason.isEmpty() || choice.finishReason.equals(reason),
                    "second finish " + choice.finishReason,
                    record);
            choice.finishReason = reason;
        }
        require(!isEnded(record.id()) || known >= record.text().length(), "after its end", record);
    }

    private void ending(CompletionRecord record) {
        CompletionRecord known = endings.putIfAbsent(record.id(), record);
        require(known == null, "second ending", record);
        for (Choice choice : choices.getOrDefault(record.id(), Map.of()).values()) {
            require(!choice.finishReason.isEmpty(), "ending of an unfinished choice", record);
        }
    }

    private Choice choice(String id, int choice) {
        return choices.computeIfAbsent(id, any -> new HashMap<>())
                .computeIfAbsent(choice, any -> new Choice());
    }

    private static void require(boolean holds, String what, CompletionRecord record) {
        if (!holds) {
            throw new AssertionError(what + ": " + record);
        }
    }
}
