package dev.tropical.bench.serve;

/** How a request came out. */
public enum Outcome {
    /** All its tokens came. */
    DONE,
    /** The router's time-out, or a server that says it is too busy. */
    REJECTED,
    /** Any other error. */
    FAILED,
    /** It had not ended when the run was cut. */
    UNFINISHED
}
