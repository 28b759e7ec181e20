package io.keyferry.sandbox.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.sandbox.SandboxException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

class ListeningIT {

    @Test
    void answersOnEveryAddressWhereItIsToldTo() throws Exception {
        try (LocalKms kms = LocalKms.start("0.0.0.0", 0, null)) {
            // an address of loopback besides the one that it has by itself
            assertThat(ready("127.0.0.2", kms.endpoint().getPort())).isEqualTo(200);
            assertThat(kms.endpoint()).hasHost("127.0.0.1");
        }
    }

    @Test
    void namesThePortThatIsTaken() {
        try (LocalKms kms = LocalKms.start(0, null)) {
            int taken = kms.endpoint().getPort();

            assertThatThrownBy(() -> LocalKms.start("127.0.0.1", taken, null))
                    .isInstanceOf(SandboxException.class)
                    .hasMessageContaining("127.0.0.1:" + taken)
                    .hasMessageContaining("another host or port");
        }
    }

    private static int ready(String host, int port) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/health/ready"))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }
}
