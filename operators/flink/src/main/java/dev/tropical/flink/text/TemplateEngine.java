package dev.tropical.flink.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import java.lang.reflect.Method;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.regex.Pattern;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * Jinjava, set up to render as transformers' Jinja2 does: blocks trimmed, Python's precedence and
 * strings' methods, and transformers' own functions. Never renders a message's text as a template.
 */
public final class TemplateEngine {
    /** Variable that holds the messages of {@code raise_exception}. */
    static final String REFUSALS = "tropical_refusals";

    /** Marks what training is to learn; means nothing when rendering a prompt. */
    private static final Pattern GENERATION =
            Pattern.compile("\\{%(-?)\\s*(?:end)?generation\\s*(-?)%}");

    private static final Pattern REVERSED = Pattern.compile("\\[\\s*::\\s*-1\\s*]");

    private TemplateEngine() {}

    /** What one rendering was refused for. */
    static final class Refusals {
        private @Nullable String first;

        void add(String message) {
            first = first == null ? message : first;
        }

        @Nullable String first() {
            return first;
        }
    }

    /** Jinjava looks its own classes up by the thread's class loader, which may be anyone's. */
    static Jinjava create() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Jinjava.class.getClassLoader());
        try {
            return configured();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static Jinjava configured() {
        JinjavaConfig config =
                JinjavaConfig.newBuilder()
                        .withTrimBlocks(true)
                        .withLstripBlocks(true)
                        .withNestedInterpretationEnabled(false)
                        .withLegacyOverrides(LegacyOverrides.ALL)
                        .withElResolver(pythonResolver())
                        .build();
        Jinjava jinjava = new Jinjava(config);
        Context context = jinjava.getGlobalContext();
        context.registerFunction(function("raise_exception", "raiseException"));
        context.registerFunction(function("strftime_now", "strftimeNow"));
        context.registerFilter(new PythonJsonFilter());
        return jinjava;
    }

    /** Rewrites what Jinjava cannot read to the same in what it can. */
    static String adapt(String source) {
        String plain = GENERATION.matcher(source).replaceAll("{%$1 if true %}{% endif $2%}");
        return REVERSED.matcher(plain).replaceAll("|reverse");
    }

    private static ELResolver pythonResolver() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new PythonStrings());
        resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_WRITE);
        return resolver;
    }

    /** Jinjava calls a method object directly, so that these need not be public. */
    private static ELFunctionDefinition function(String name, String method) {
        try {
            Method target = TemplateEngine.class.getDeclaredMethod(method, String.class);
            return new ELFunctionDefinition("", name, target);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("no method " + method, e);
        }
    }

    /** A template's own refusal, such as of roles that do not alternate. */
    public static String raiseException(String message) {
        Object refusals = JinjavaInterpreter.getCurrent().getContext().get(REFUSALS);
        if (refusals instanceof Refusals list) {
            list.add(message);
        }
        return "";
    }

    /** The local time in a C strftime format, for templates that tell the model the date. */
    public static String strftimeNow(String format) {
        return StrftimeFormatter.format(ZonedDateTime.now(ZoneId.systemDefault()), format);
    }
}
