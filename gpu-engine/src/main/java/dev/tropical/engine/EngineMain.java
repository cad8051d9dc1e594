package dev.tropical.engine;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.EngineInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/**
 * Runs an engine. Prints one line on standard output: {@code TROPICAL_ENGINE} and the engine's
 * description (base64 of the EngineInfo bytes) when it serves, or {@code TROPICAL_ENGINE_FAILED}
 * and why. Ends with 0 after SIGTERM or, with {@code --parent-stdin}, at the end of standard input;
 * with 1 when it cannot start or breaks; with 2 when its options cannot be used.
 */
public final class EngineMain {
    private static final Logger LOG = LoggerFactory.getLogger(EngineMain.class);

    static final int OK = 0;
    static final int FAILED = 1;
    static final int BAD_OPTIONS = 2;

    /** The longest that a clean end may take before the process ends anyway. */
    private static final int END_SECONDS = 2;

    private EngineMain() {}

    public static void main(String[] args) {
        CompletableFuture<Integer> end = new CompletableFuture<>();
        CompletableFuture<Integer> ended = new CompletableFuture<>();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> endNow(end, ended), "engine-shutdown"));
        ended.complete(run(args, System.out, end));
        System.exit(OK);
    }

    /** A JVM that ends by a signal reports 128 and its number; halt reports what happened. */
    private static void endNow(CompletableFuture<Integer> end, CompletableFuture<Integer> ended) {
        end.complete(OK);
        int code = ended.completeOnTimeout(FAILED, END_SECONDS, TimeUnit.SECONDS).join();
        Runtime.getRuntime().halt(code);
    }

    /**
     * Runs until {@code end} is completed, by a signal, the parent's end or a failure.
     *
     * @return the exit code
     */
    static int run(String[] args, PrintStream out, CompletableFuture<Integer> end) {
        EngineCommandLine line = new EngineCommandLine();
        CommandLine parser = EngineCommandLine.parser(line);
        EngineOptions options;
        try {
            CommandLine.ParseResult parsed = parser.parseArgs(args);
            if (parsed.isUsageHelpRequested()) {
                parser.usage(out);
                return OK;
            }
            options = line.toOptions();
        } catch (CommandLine.UnmatchedArgumentException e) {
            LOG.error("{} (expected: options that --help names)", e.getMessage());
            return BAD_OPTIONS;
        } catch (CommandLine.ParameterException | IllegalArgumentException e) {
            LOG.error("{}", e.getMessage());
            return BAD_OPTIONS;
        }
        LOG.info("{}", options);
        return serve(options, out, end);
    }

    private static int serve(
            EngineOptions options, PrintStream out, CompletableFuture<Integer> end) {
        try (EngineProcess process =
                new EngineProcess(
                        options,
                        failure -> {
                            LOG.error("the engine broke and ends", failure);
                            end.complete(FAILED);
                        })) {
            if (options.isParentWatched()) {
                watchParent(end);
            }
            CompletableFuture<ModelSpec> loaded = process.load();
            CompletableFuture.anyOf(loaded.handle((spec, failure) -> OK), end).get();
            if (end.isDone()) {
                return end.get();
            }
            EngineInfo info = process.serve(loaded.get());
            out.println(
                    "TROPICAL_ENGINE " + Base64.getEncoder().encodeToString(info.toByteArray()));
            LOG.info("{} serves {}", info.getEngineId(), info.getModel());
            return end.get();
        } catch (IllegalStateException e) {
            return cannotStart(out, e);
        } catch (ExecutionException e) {
            return cannotStart(out, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    private static int cannotStart(PrintStream out, Throwable why) {
        boolean isExplained =
                why instanceof ModelLoadException || why instanceof IllegalStateException;
        String message = isExplained ? why.getMessage() : why.toString();
        if (isExplained) {
            LOG.error("cannot start: {}", message);
        } else {
            LOG.error("cannot start", why);
        }
        out.println("TROPICAL_ENGINE_FAILED " + oneLine(message));
        return FAILED;
    }

    private static String oneLine(@Nullable String message) {
        return String.valueOf(message).replaceAll("\\s+", " ");
    }

    /** Standard input ends when the process that started this one does, however it dies. */
    private static void watchParent(CompletableFuture<Integer> end) {
        Thread watch =
                new Thread(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    // What the parent writes means nothing.
                                }
                            } catch (IOException e) {
                                LOG.info("standard input broke: {}", e.getMessage());
                            }
                            end.complete(OK);
                        },
                        "engine-parent-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
