package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A client of every request: cuts repeats by offset, drops what is of an earlier run, and objects
 * to everything else.
 */
final class Readers {
    private static final class Choice {
        final List<Integer> tokens = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        String finishReason = "";
    }

    private final Map<String, Map<Integer, Choice>> choices = new HashMap<>();
    private final Map<String, Ending> endings = new HashMap<>();
    private final Map<String, Long> epochs = new HashMap<>();

    /** Takes the next record of the topic. */
    void read(CompletionRecord record) {
        if (drops(record)) {
            return;
        }
        epochs.put(record.id(), record.meta().epoch());
        if (record instanceof Chunk chunk) {
            chunk(chunk);
        } else if (record instanceof Ending ending) {
            ending(ending);
        }
    }

    /** Whether it is of an earlier run than one that they have heard of the request. */
    boolean drops(CompletionRecord record) {
        return record.meta().epoch() < epochs.getOrDefault(record.id(), 0L);
    }

    boolean isEnded(String id) {
        return endings.containsKey(id);
    }

    Ending ending(String id) {
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

    private void chunk(Chunk record) {
        Choice choice = choice(record.id(), record.choice());
        require(record.tokens().offset() <= choice.tokens.size(), "token gap", record);
        for (int i = 0; i < record.tokens().ids().length; i++) {
            int at = record.tokens().offset() + i;
            int token = record.tokens().ids()[i];
            if (at < choice.tokens.size()) {
                require(choice.tokens.get(at) == token, "contradicting token", record);
            } else {
                choice.tokens.add(token);
            }
        }
        require(record.text().offset() <= choice.text.length(), "text gap", record);
        int known = choice.text.length() - record.text().offset();
        String overlap =
                record.text().value().substring(0, Math.min(known, record.text().value().length()));
        require(
                choice.text.substring(record.text().offset()).startsWith(overlap),
                "contradicting text",
                record);
        if (record.text().value().length() > known) {
            choice.text.append(record.text().value().substring(known));
        }
        if (record.finish() != null) {
            String reason = record.finish().reason();
            require(
                    choice.finishReason.isEmpty() || choice.finishReason.equals(reason),
                    "second finish " + choice.finishReason,
                    record);
            choice.finishReason = reason;
        }
        require(
                !isEnded(record.id()) || known >= record.text().value().length(),
                "after its end",
                record);
    }

    private void ending(Ending record) {
        Ending known = endings.putIfAbsent(record.id(), record);
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
