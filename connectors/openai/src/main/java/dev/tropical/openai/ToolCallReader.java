package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.FinishWord;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds calls of tools in a choice's text while it comes, in the form that most models are trained
 * on (Hermes' and Qwen's): {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}. A call
 * is told when it is complete; what turns out to be none stays text as it was written. White space
 * beside a call is not told.
 */
final class ToolCallReader {
    /** What the text says next: one of the two. */
    record Piece(String text, @Nullable ToolCall call) {}

    private static final String START = "<tool_call>";
    private static final String END = "</tool_call>";
    private static final Pattern SPACE_AT_END = Pattern.compile("\\s+\\z");

    private final int maxCalls;
    private final StringBuilder pending = new StringBuilder(); // not told yet
    private boolean isInCall; // the pending text follows a START
    private boolean isBehindCall; // nothing but white space has come since a call
    private int calls;

    /**
     * @param maxCalls further calls are left out; 0 = all is text
     */
    ToolCallReader(int maxCalls) {
        this.maxCalls = maxCalls;
    }

    /** A choice that stopped to wait for its tools says so. */
    Finish finish(Finish finish) {
        boolean waits = calls > 0 && finish.reason().equals(FinishWord.STOP.word());
        return waits ? new Finish(finish.choice(), "tool_calls", finish.stopReason()) : finish;
    }

    /** What is certain after more text. */
    List<Piece> read(String text) {
        if (maxCalls == 0) {
            return text.isEmpty() ? List.of() : List.of(new Piece(text, null));
        }
        pending.append(text);
        List<Piece> pieces = new ArrayList<>();
        boolean goesOn = true;
        while (goesOn) {
            goesOn = isInCall ? readCall(pieces) : readText(pieces);
        }
        return pieces;
    }

    /** What was held back; no more text will come. */
    List<Piece> end() {
        List<Piece> pieces = new ArrayList<>();
        if (isInCall) {
            tellCall(pending.toString(), "", pieces); // some models leave the end out
        } else {
            tellText(pending.toString(), pieces);
        }
        pending.setLength(0);
        return pieces;
    }

    /** Whether a call has begun. */
    private boolean readText(List<Piece> pieces) {
        int start = pending.indexOf(START);
        if (start >= 0) {
            String before = pending.substring(0, start);
            tellText(SPACE_AT_END.matcher(before).replaceFirst(""), pieces);
            pending.delete(0, start + START.length());
            isInCall = true;
            return true;
        }
        int certain = pending.length() - uncertain();
        tellText(pending.substring(0, certain), pieces);
        pending.delete(0, certain);
        return false;
    }

    /** Characters at the end that may be the beginning of a call, with white space before it. */
    private int uncertain() {
        int length = pending.length();
        int tag = Math.min(START.length() - 1, length);
        while (tag > 0 && !START.startsWith(pending.substring(length - tag))) {
            tag--;
        }
        Matcher space = SPACE_AT_END.matcher(pending).region(0, length - tag);
        return space.find() ? length - space.start() : tag;
    }

    /** Whether the call has ended. */
    private boolean readCall(List<Piece> pieces) {
        int end = pending.indexOf(END);
        if (end < 0) {
            return false;
        }
        tellCall(pending.substring(0, end), END, pieces);
        pending.delete(0, end + END.length());
        isInCall = false;
        return true;
    }

    private void tellText(String text, List<Piece> pieces) {
        String told = isBehindCall ? text.stripLeading() : text;
        if (!told.isEmpty()) {
            isBehindCall = false;
            pieces.add(new Piece(told, null));
        }
    }

    private void tellCall(String written, String end, List<Piece> pieces) {
        ObjectNode call = Json.objectIn(written);
        JsonNode name = call == null ? null : call.path("name");
        if (call == null || name == null || !name.isTextual()) {
            tellText(START + written + end, pieces);
            return;
        }
        isBehindCall = true;
        JsonNode arguments = call.path("arguments");
        String text = arguments.isMissingNode() ? "{}" : Json.write(arguments);
        if (calls < maxCalls) {
            pieces.add(new Piece("", new ToolCall(calls, name.textValue(), text)));
        }
        calls++;
    }
}
