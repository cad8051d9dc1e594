package dev.tropical.cli;

import dev.tropical.kafka.Completion;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.kafka.CompletionEvent.Notice;
import java.io.PrintWriter;

/** Prints a completion's text as it comes. */
final class CompletionPrinter {
    private CompletionPrinter() {}

    /** Returns the exit code: 0 for a good ending. */
    static int print(Completion completion, PrintWriter out, PrintWriter err) {
        while (completion.hasNext()) {
            CompletionEvent event = completion.next();
            if (event instanceof Chunk chunk) {
                out.print(chunk.text());
                out.flush();
            } else if (event instanceof Notice notice) {
                err.println("notice " + notice.notice().code() + ": " + notice.notice().message());
            } else if (event instanceof Ending ending) {
                return end(ending, out, err);
            } else if (event instanceof Finish finish && !finish.reason().equals("stop")) {
                out.print(" [" + finish.reason() + "]");
            }
        }
        return 1;
    }

    private static int end(Ending ending, PrintWriter out, PrintWriter err) {
        out.println();
        out.flush();
        if (ending.error() != null) {
            err.println(ending.error().code() + ": " + ending.error().message());
            return 1;
        }
        return 0;
    }
}
