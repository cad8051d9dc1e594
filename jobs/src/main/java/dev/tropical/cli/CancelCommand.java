package dev.tropical.cli;

import dev.tropical.kafka.CompletionStream;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Produces a cancellation; the request's own stream shows its one ending. */
@Command(name = "cancel", description = "Cancel a request by its id.")
final class CancelCommand implements Callable<Integer> {
    private static final long TIMEOUT_S = 30;

    @Mixin KafkaOption kafka;

    @Parameters(paramLabel = "ID", description = "The request's id.")
    String id;

    @Override
    public Integer call()
            throws UsageException, ExecutionException, InterruptedException, TimeoutException {
        try (CompletionStream client = CompletionStream.open(kafka.settings(), false)) {
            client.cancel(id).toCompletableFuture().get(TIMEOUT_S, TimeUnit.SECONDS);
        }
        return 0;
    }
}
