package dev.tropical.openai.monitor;

/** Prometheus' text format. Every sample carries the model's name. One thread. */
final class Exposition {
    private final StringBuilder text = new StringBuilder();
    private final String model;

    Exposition(String model) {
        this.model = escaped(model);
    }

    /** Begins a metric; its samples follow. */
    void family(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /**
     * @param labels names and values by turns
     */
    void sample(String name, double value, String... labels) {
        text.append(name).append("{model_name=\"").append(model).append('"');
        for (int i = 0; i < labels.length; i += 2) {
            text.append(',').append(labels[i]).append("=\"");
            text.append(escaped(labels[i + 1])).append('"');
        }
        text.append("} ").append(number(value)).append('\n');
    }

    /** Without a fraction where there is none. */
    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
