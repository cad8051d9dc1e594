package dev.tropical.cluster;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Runs another main class and ends the process when its starter is gone, however that ended: the
 * starter holds the other end of the standard input. Flink's own classes know nothing of it.
 */
public final class ChildMain {
    private static final int STARTER_GONE = 3;
    private static final long END_SECONDS = 5;

    private ChildMain() {}

    /**
     * @param args the main class, then its arguments
     */
    public static void main(String[] args) throws Exception {
        Thread watch = new Thread(ChildMain::endWithStarter, "starter-watch");
        watch.setDaemon(true);
        watch.start();
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }

    /** Where this class is, for a child's class path: a jar, or a folder of classes. */
    static Path classPath() {
        try {
            return Path.of(
                    ChildMain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of this class is no file", e);
        }
    }

    private static void endWithStarter() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever said there.
            }
        } catch (IOException e) {
            System.err.println("standard input cannot be read any more: " + e);
        }
        // In good order, so that temporary files go; but it must not last.
        Thread end = new Thread(() -> System.exit(STARTER_GONE), "end");
        end.setDaemon(true);
        end.start();
        try {
            end.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(STARTER_GONE);
    }
}
