package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** A gateway that takes keys and speaks TLS. The certificate is the tests' own. */
class SecurityITCase {
    private static final Path CERTIFICATE = Path.of("src/test/resources/tls/certificate.pem");
    private static final Path PRIVATE_KEY = Path.of("src/test/resources/tls/key.pem");

    @Test
    void shouldAnswerOnlyWhoBringsAKeyOverTls() throws Exception {
        GatewaySecurity security =
                GatewaySecurity.of(List.of("secret", "second"), CERTIFICATE, PRIVATE_KEY);
        GatewayOptions options =
                new GatewayOptions(
                        "127.0.0.1",
                        0,
                        "demo",
                        SharedKafka.settings(),
                        false,
                        GatewayLimits.DEFAULT,
                        security);
        assertThat(options.toString()).doesNotContain("secret");
        try (OpenAiGateway gateway = OpenAiGateway.start(options)) {
            assertThat(gateway.url()).startsWith("https://");
            HttpResponse<String> without = get(gateway, "/v1/models", "");
            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(without.headers().firstValue("www-authenticate")).contains("Bearer");
            assertThat(without.body()).contains("\"code\":\"invalid_api_key\"", "no API key");
            assertThat(get(gateway, "/v1/models", "Bearer wrong").statusCode()).isEqualTo(401);
            assertThat(post(gateway, "/v1/completions").statusCode()).isEqualTo(401);
            assertThat(get(gateway, "/v1/models", "Bearer secret").statusCode()).isEqualTo(200);
            assertThat(get(gateway, "/v1/models", "bearer second").statusCode()).isEqualTo(200);
            assertThat(get(gateway, "/health", "").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void shouldTakeAKeyByItsHash() {
        String hash = ApiKeys.hash("secret");

        assertThat(hash).matches("sha256:[0-9a-f]{64}");
        assertThat(ApiKeys.hash(hash)).isEqualTo(hash);
    }

    private static HttpResponse<String> get(OpenAiGateway gateway, String path, String key)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url() + path));
        if (!key.isEmpty()) {
            request.header("authorization", key);
        }
        return client().send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(OpenAiGateway gateway, String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(gateway.url() + path))
                        .POST(BodyPublishers.ofString("{}"))
                        .build();
        return client().send(request, BodyHandlers.ofString());
    }

    private static HttpClient client() throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream pem = new FileInputStream(CERTIFICATE.toFile())) {
            store.setCertificateEntry(
                    "test", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }
}
