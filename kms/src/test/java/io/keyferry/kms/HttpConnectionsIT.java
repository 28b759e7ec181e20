package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.sandbox.kms.LocalKms;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Where AWS's native library cannot be loaded. What it does where it can, {@link KmsConnectionIT} tests. */
class HttpConnectionsIT {

    private static final String REGION = "us-west-2";

    @Test
    void fallsBackToNetty() throws Exception {
        try (LocalKms kms = LocalKms.start(0, null)) {
            String source = kms.provisioning().key(REGION, "alias/source");
            String target = kms.provisioning().multiRegionKey(REGION, "alias/target", "us-east-1");

            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            // a kind of processor that it is not made for
                            "-Daws.crt.arch=none",
                            "-cp",
                            System.getProperty("java.class.path"),
                            OneCall.class.getName(),
                            kms.endpoint().toString(),
                            source,
                            target,
                            Base64.getEncoder()
                                    .encodeToString(kms.provisioning().encrypt(source, new byte[] {1}, Map.of())))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said).contains("uses NettyNio");
            assertThat(kms.requests("ReEncrypt", "Success")).isOne();
        }
    }

    @Test
    void nettyGivesUpAnAnswerThatDoesNotCome() {
        try (LocalKms kms = LocalKms.start(0, null);
                AwsKeyService service = new AwsKeyService(access(kms.endpoint()), HttpConnections.nettys(5))) {
            String source = kms.provisioning().key(REGION, "alias/source");
            kms.latency(Duration.ofMinutes(1), Duration.ofMinutes(1));

            assertThat(service.describe(source))
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableThat()
                    .withCauseInstanceOf(RetryableKmsException.class);
        }
    }

    private static KmsAccess access(URI endpoint) {
        return new KmsAccess(
                REGION,
                Optional.of(endpoint),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    /** A process of its own, since what is loaded stays loaded. */
    static final class OneCall {

        private OneCall() {}

        public static void main(String[] arguments) {
            HttpConnections connections = HttpConnections.open(5);
            System.out.println("uses " + connections.client().clientName());
            try (AwsKeyService service = new AwsKeyService(access(URI.create(arguments[0])), connections)) {
                service.reEncrypt(Base64.getDecoder().decode(arguments[3]), arguments[1], arguments[2], Map.of())
                        .join();
            } catch (CompletionException e) {
                e.printStackTrace();
                System.exit(1);
            }
        }
    }
}
