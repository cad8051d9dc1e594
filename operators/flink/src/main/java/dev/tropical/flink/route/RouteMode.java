package dev.tropical.flink.route;

import dev.tropical.scheduling.routing.DistServePolicy;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.scheduling.routing.VllmPolicy;
import java.util.Locale;

/** The routing policies that a job can be started with. */
public enum RouteMode {
    /** Every engine prefills and decodes; the one with the fewest executing tokens is next. */
    VLLM,
    /** Prefill engines prefill, decode engines decode, the KV cache moves between them. */
    DISTSERVE,
    /** As distserve, and decode engines prefill too where that makes none of their decodes late. */
    TROPICAL;

    /**
     * The mode of an option's value.
     *
     * @throws IllegalArgumentException when there is no such mode
     */
    public static RouteMode parse(String word) {
        return switch (word) {
            case "vllm" -> VLLM;
            case "distserve" -> DISTSERVE;
            case "tropical" -> TROPICAL;
            default ->
                    throw new IllegalArgumentException(
                            "mode: '" + word + "' (expected: vllm, distserve or tropical)");
        };
    }

    /** The option's value. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A new policy of this mode; each cell has its own. */
    RoutingPolicy policy(RouteOptions options) {
        return switch (this) {
            case VLLM -> new VllmPolicy(options.queueTimeout());
            case DISTSERVE -> new DistServePolicy(options.queueTimeout());
            case TROPICAL -> new TropicalPolicy(options.tropical());
        };
    }
}
