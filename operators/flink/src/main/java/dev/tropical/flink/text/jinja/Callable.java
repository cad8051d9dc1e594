package dev.tropical.flink.text.jinja;

/** A function or a bound method. */
@FunctionalInterface
interface Callable {
    Object call(Arguments arguments);
}
