package dev.tropical.deploy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the images hold in {@code /opt/tropical}, as links to the build's outputs. This module's own
 * are not packaged yet while its tests run: its class path stands for them.
 */
final class Installation {
    private Installation() {}

    /** Lays it out below a folder that exists. */
    static Path in(Path folder) throws IOException {
        Path root = Files.createDirectories(folder.resolve("opt/tropical"));
        for (String name : new String[] {"connectors", "operators", "target", "jobs/target/lib"}) {
            Files.createDirectories(root.resolve(name));
        }
        for (String name :
                new String[] {
                    "deploy",
                    "gpu-engine/target",
                    "jobs/flink-home/target",
                    "jobs/inference-job/target"
                }) {
            Files.createDirectories(root.resolve(name).getParent());
            Files.createSymbolicLink(root.resolve(name), Deploy.ROOT.resolve(name));
        }
        Path jar = root.resolve("jobs/target/tropical-jobs-0.1.0-SNAPSHOT.jar");
        Files.createSymbolicLink(jar, Deploy.ROOT.resolve("jobs/target/classes"));
        String classPath =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : classPath.split(File.pathSeparator)) {
            Path file = Path.of(entry);
            Path link = root.resolve("jobs/target/lib").resolve(file.getFileName());
            if (entry.endsWith(".jar") && !Files.exists(link)) {
                Files.createSymbolicLink(link, file);
            }
        }
        Files.copy(Deploy.ROOT.resolve("tropical"), root.resolve("tropical"));
        Files.copy(Deploy.ROOT.resolve("pom.xml"), root.resolve("pom.xml"));
        Files.createFile(root.resolve("target/built"));
        return root;
    }
}
