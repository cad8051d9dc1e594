package dev.tropical.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one running system with a gateway that all of them share: it is started for the
 * first that asks, and ended after the last test of the run.
 */
final class GatewaySystem implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(GatewaySystem.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestSystem.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Running.class, key -> Running.start(), Running.class)
                .system();
    }

    /** JUnit closes it with the run. */
    record Running(TestSystem system, Path work) implements AutoCloseable {
        static Running start() {
            try {
                Path work = Files.createTempDirectory("gateway-system");
                return new Running(
                        TestSystem.start(work, TestSystem.Setup.DISTSERVE.withGateway()), work);
            } catch (Exception e) {
                throw new AssertionError("the system did not start", e);
            }
        }

        @Override
        public void close() throws IOException {
            system.close();
            try (Stream<Path> files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(f -> f.delete());
            }
        }
    }
}
