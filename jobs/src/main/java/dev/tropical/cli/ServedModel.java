package dev.tropical.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the job and a gateway in front of it must be told alike. */
final class ServedModel {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Hugging Face model folder, on every host that reads it. Default: the small"
                            + " model that comes with the project.")
    @Nullable Path folder;

    @Option(
            names = "--served-model-name",
            paramLabel = "NAME",
            description = "The name that requests use. Default: the folder's name.")
    @Nullable String name;

    @Option(
            names = "--delivery",
            description = "at-least-once or exactly-once. Default: ${DEFAULT-VALUE}.")
    String delivery = "at-least-once";
}
