package dev.tropical.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFolderITCase {
    @TempDir private Path temp;
    private KeyFolder folder;

    @BeforeEach
    void open() {
        folder = new KeyFolder(temp.resolve("keys"));
    }

    @Test
    void shouldMakeAPairThatItsOwnerAloneCanRead() throws Exception {
        assertThat(folder.create("engine")).isTrue();
        Path file = folder.path().resolve("engine.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        CurveKeys keys = folder.load("engine");
        assertThat(Files.readString(folder.trusted().resolve("engine.pub")).strip())
                .isEqualTo(keys.publicKey())
                .isNotEqualTo(keys.secretKey());
    }

    @Test
    void shouldKeepAPairThatIsThere() throws Exception {
        folder.create("engine");
        CurveKeys before = folder.load("engine");
        assertThat(folder.create("engine")).isFalse();
        assertThat(folder.load("engine")).isEqualTo(before);
    }

    @Test
    void shouldNeverPrintASecret() throws Exception {
        folder.create("engine");
        CurveKeys keys = folder.load("engine");
        assertThat(keys.toString()).doesNotContain(keys.secretKey());
        assertThat(SocketSecurity.of(folder.path(), "engine").toString())
                .contains(keys.publicKey())
                .doesNotContain(keys.secretKey());
        assertThatThrownBy(() -> new CurveKeys(keys.publicKey(), keys.secretKey() + "x"))
                .hasMessageNotContaining(keys.secretKey());
    }

    @Test
    void shouldRefuseAPairThatEverybodyCanRead() throws Exception {
        folder.create("engine");
        Path file = folder.path().resolve("engine.key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> folder.load("engine"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rw-r--r--")
                .hasMessageContaining("nothing for others");
    }

    @Test
    void shouldSayWhichFileIsMissingOrMalformed() throws Exception {
        assertThatThrownBy(() -> folder.load("job")).hasMessageContaining("job.key cannot be read");
        folder.create("job");
        Files.writeString(folder.path().resolve("job.key"), "public-key short\nsecret-key x\n");
        assertThatThrownBy(() -> folder.load("job")).hasMessageContaining("public key: 'short'");
        assertThatThrownBy(() -> folder.create("../job")).hasMessageContaining("'../job'");
    }
}
