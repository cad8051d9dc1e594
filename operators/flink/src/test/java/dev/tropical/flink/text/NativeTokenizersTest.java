package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeTokenizersTest {
    @TempDir Path folder;

    /** What happens when a job is submitted a second time to a living TaskManager. */
    @Test
    void shouldLoadInASecondClassLoaderAndLeaveNoFileBehind() throws Exception {
        ServedModel model = TestModels.byteLevel(folder);
        long before = leftovers();
        try (ModelCatalog ours = ModelCatalog.open(List.of(model))) {
            int[] expected = ours.find(null).tokenizer().encode("hello world", true);
            for (int i = 0; i < 2; i++) {
                try (URLClassLoader other = childFirst()) {
                    assertThat(encodeIn(other, model)).isEqualTo(expected);
                }
            }
            assertThat(ours.find(null).tokenizer().encode("hello world", true)).isEqualTo(expected);
        }
        assertThat(leftovers()).isEqualTo(before);
    }

    private static long leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(f -> f.getFileName().toString().startsWith("tropical-tok")).count();
        }
    }

    private static int[] encodeIn(ClassLoader loader, ServedModel model) throws Exception {
        Class<?> catalogClass = loader.loadClass(ModelCatalog.class.getName());
        assertThat(catalogClass).isNotSameAs(ModelCatalog.class);
        Object served =
                loader.loadClass(ServedModel.class.getName())
                        .getConstructor(String.class, List.class)
                        .newInstance(model.directory(), model.names());
        Object catalog = catalogClass.getMethod("open", List.class).invoke(null, List.of(served));
        Object assets = catalogClass.getMethod("find", String.class).invoke(catalog, (Object) null);
        Object tokenizer = assets.getClass().getMethod("tokenizer").invoke(assets);
        int[] ids =
                (int[])
                        tokenizer
                                .getClass()
                                .getMethod("encode", String.class, boolean.class)
                                .invoke(tokenizer, "hello world", true);
        catalogClass.getMethod("close").invoke(catalog);
        return ids;
    }

    /** Everything but the JDK anew, as Flink's user-code class loader does. */
    private static URLClassLoader childFirst() {
        URL[] classPath =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(NativeTokenizersTest::url)
                        .toArray(URL[]::new);
        return new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String path) {
        try {
            URI uri = new File(path).toURI();
            return uri.toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}
