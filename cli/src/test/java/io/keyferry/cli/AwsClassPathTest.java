package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/** What runs in AWS need on the class path, though no code of ours names it. */
class AwsClassPathTest {

    private static final Path BASE = Path.of("../deploy/kubernetes/base/migration.yaml");

    private static Map<String, Object> mskProperties() {
        Migration.Kafka kafka =
                MigrationFile.load(BASE, Map.of()).migration().kafka().orElseThrow();
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        // nothing listens there, and nothing is asked
        properties.put("bootstrap.servers", "127.0.0.1:9");
        return properties;
    }

    @Test
    void holdsTheLoginOfAmazonMskForEveryKindOfClient() {
        Map<String, Object> properties = mskProperties();
        assertThat(properties)
                .containsEntry("sasl.mechanism", "AWS_MSK_IAM")
                .containsEntry("security.protocol", "SASL_SSL");

        Admin.create(properties).close(Duration.ZERO);
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()).close(Duration.ZERO);
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()).close();
    }

    @Test
    void noticesALoginThatIsNotThere() {
        Map<String, Object> properties = mskProperties();
        properties.put("sasl.client.callback.handler.class", "software.amazon.msk.auth.iam.NoSuchHandler");

        assertThatThrownBy(() -> Admin.create(properties)).isInstanceOf(KafkaException.class);
    }

    @Test
    void takesTheRoleOfAServiceAccountOfKubernetes(@TempDir Path folder) throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "the-token-of-the-pod");
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        HttpServer sts = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        sts.createContext("/", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = """
                    <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                      <AssumeRoleWithWebIdentityResult><Credentials>
                        <AccessKeyId>AKIDOFTHEROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
                        <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
                      </Credentials></AssumeRoleWithWebIdentityResult>
                    </AssumeRoleWithWebIdentityResponse>
                    """.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/xml");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        sts.start();
        Map<String, String> variables = Map.of(
                "aws.webIdentityTokenFile",
                token.toString(),
                "aws.roleArn",
                "arn:aws:iam::111122223333:role/keyferry",
                "aws.region",
                "us-west-2",
                "aws.endpointUrlSts",
                "http://127.0.0.1:" + sts.getAddress().getPort());
        variables.forEach(System::setProperty);
        try (DefaultCredentialsProvider provider =
                DefaultCredentialsProvider.builder().build()) {
            AwsCredentials credentials = provider.resolveCredentials();

            assertThat(credentials.accessKeyId()).isEqualTo("AKIDOFTHEROLE");
            assertThat(asked.take())
                    .contains("Action=AssumeRoleWithWebIdentity")
                    .contains("WebIdentityToken=the-token-of-the-pod");
        } finally {
            variables.keySet().forEach(System::clearProperty);
            sts.stop(0);
        }
    }
}
