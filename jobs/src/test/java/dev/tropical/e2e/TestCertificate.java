package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A certificate of 127.0.0.1 that nobody has signed, in the files that Kafka reads. */
record TestCertificate(Path keyStore, Path certificate, String password) {

    /** Makes one with the JDK's own tool. */
    static TestCertificate in(Path folder, String password) throws Exception {
        Path keyStore = folder.resolve("broker.p12");
        Path certificate = folder.resolve("broker.pem");
        TestCertificate made = new TestCertificate(keyStore, certificate, password);
        made.keytool(
                List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1"),
                List.of("-dname", "CN=test", "-ext", "san=ip:127.0.0.1", "-validity", "2"));
        made.keytool(List.of("-exportcert", "-rfc"), List.of("-file", certificate.toString()));
        return made;
    }

    /** Of a broker that shows it. */
    Map<String, String> broker() {
        return Map.of(
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.location",
                keyStore.toString(),
                "ssl.keystore.password",
                password,
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.location",
                certificate.toString());
    }

    /** Of a client that trusts it alone. */
    Map<String, String> client() {
        return Map.of(
                "ssl.truststore.type", "PEM", "ssl.truststore.location", certificate.toString());
    }

    private void keytool(List<String> command, List<String> options) throws Exception {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(command);
        line.addAll(List.of("-alias", "broker", "-storetype", "PKCS12"));
        line.addAll(List.of("-keystore", keyStore.toString(), "-storepass", password));
        line.addAll(options);
        Process process = new ProcessBuilder(line).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
