package dev.tropical.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChildMainITCase {
    private Process child;
    private BufferedReader output;

    /** What a child runs. */
    public static final class Sleeper {
        private Sleeper() {}

        public static void main(String[] args) throws InterruptedException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ends")));
            System.out.println(String.join(" ", args));
            TimeUnit.MINUTES.sleep(5);
        }
    }

    @BeforeEach
    void start() throws IOException {
        String tests = System.getProperty("tropical.home") + "/jobs/target/test-classes";
        child =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        ChildMain.classPath() + File.pathSeparator + tests,
                                        ChildMain.class.getName(),
                                        Sleeper.class.getName(),
                                        "with",
                                        "arguments"))
                        .redirectErrorStream(true)
                        .start();
        output = child.inputReader(UTF_8);
    }

    @AfterEach
    void end() {
        child.destroyForcibly();
    }

    @Test
    void shouldRunTheOtherMainUntilItsStarterIsGoneAndThenEndItInGoodOrder() throws Exception {
        assertThat(output.readLine()).isEqualTo("with arguments");
        assertThat(child.isAlive()).isTrue();
        child.getOutputStream().close(); // as the system does when the starter has been killed
        assertThat(output.readLine()).isEqualTo("ends");
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(3);
    }
}
