package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stages and commands in processes of their own, each with the ACLs that {@code keyferry policy} prints, and nothing else. */
@Timeout(300)
class KafkaAclsIT {

    private static final String PASSWORD = "of-everybody";
    private static final List<String> PRINCIPALS =
            List.of("keyferry-snapshot", "keyferry-stream-processor", "keyferry-sink", "keyferry-operator");

    @TempDir
    private Path folder;

    private int open;
    private int closed;

    /** A broker with two doors: one for the test, which may everything, and one at which everybody must log in. */
    private SandboxKafka guarded() throws IOException {
        int controller;
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket three = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            open = one.getLocalPort();
            closed = two.getLocalPort();
            controller = three.getLocalPort();
        }
        StringBuilder users = new StringBuilder("org.apache.kafka.common.security.plain.PlainLoginModule required");
        PRINCIPALS.forEach(name -> users.append(" user_" + name + "=\"" + PASSWORD + "\""));
        String doors = "PLAINTEXT://127.0.0.1:" + open + ",SASL_PLAINTEXT://127.0.0.1:" + closed;
        return SandboxKafka.start(
                open,
                null,
                Map.of(
                        "listeners",
                        doors + ",CONTROLLER://127.0.0.1:" + controller,
                        "advertised.listeners",
                        doors,
                        "controller.quorum.voters",
                        "1@127.0.0.1:" + controller,
                        "listener.security.protocol.map",
                        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
                        "sasl.enabled.mechanisms",
                        "PLAIN",
                        "listener.name.sasl_plaintext.plain.sasl.jaas.config",
                        users + ";",
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "super.users",
                        "User:ANONYMOUS"));
    }

    private Map<String, String> as(String principal, Map<String, String> environment) {
        Map<String, String> own = new HashMap<>(environment);
        own.put("KEYFERRY_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_PLAINTEXT");
        own.put("KEYFERRY_KAFKA_PROPERTIES_SASL_MECHANISM", "PLAIN");
        own.put("KEYFERRY_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", login(principal));
        return own;
    }

    private static String login(String principal) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + principal
                + "\" password=\"" + PASSWORD + "\";";
    }

    private static List<AclBinding> bindings(JsonNode kafka) {
        List<AclBinding> bindings = new ArrayList<>();
        for (JsonNode who : kafka) {
            for (JsonNode acl : who.path("acls")) {
                ResourcePattern resource = new ResourcePattern(
                        ResourceType.valueOf(acl.path("resourceType")
                                .asText()
                                .toUpperCase(Locale.ROOT)
                                .replace('-', '_')),
                        acl.path("name").asText(),
                        PatternType.valueOf(acl.path("patternType").asText()));
                for (JsonNode operation : acl.path("operations")) {
                    bindings.add(new AclBinding(
                            resource,
                            new AccessControlEntry(
                                    who.path("principal").asText(),
                                    "*",
                                    AclOperation.fromString(
                                            operation.asText().equals("DescribeConfigs")
                                                    ? "DESCRIBE_CONFIGS"
                                                    : operation.asText()),
                                    AclPermissionType.ALLOW)));
                }
            }
        }
        return bindings;
    }

    @Test
    void everyStageAndEveryCommandWorksWithThePrintedAclsAndAStageCannotDoAnothersWork() throws Exception {
        try (SandboxKafka kafka = guarded();
                SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench();
                Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()))) {
            Place place = Place.of(postgres);
            bench.createTable(place, "guarded", 30);
            place.sql("UPDATE guarded SET secret = 'no ciphertext' WHERE id = 7");
            bench.migrationFile(folder, "acls", place, "guarded", Optional.of("127.0.0.1:" + closed));
            Map<String, String> environment = bench.environment(place);
            Operator operator = new Operator(folder, as("keyferry-operator", environment));
            JsonNode policy = operator.says("policy", "acls.yaml", "--only", "kafka", "--json")
                    .json();
            admin.createAcls(bindings(policy.path("kafka"))).all().get();

            try (KeyferryProcess snapshot = KeyferryProcess.start(
                            folder, as("keyferry-snapshot", environment), "run", "acls.yaml", "snapshot");
                    KeyferryProcess processor = KeyferryProcess.start(
                            folder,
                            as("keyferry-stream-processor", environment),
                            "run",
                            "acls.yaml",
                            "stream-processor");
                    KeyferryProcess sink = KeyferryProcess.start(
                            folder, as("keyferry-sink", environment), "run", "acls.yaml", "sink")) {
                await().atMost(Duration.ofSeconds(120)).until(() -> {
                    assertThat(List.of(snapshot, processor, sink))
                            .allSatisfy(stage ->
                                    assertThat(stage.isAlive()).as(stage.err()).isTrue());
                    return bench.underSource(place, "guarded") == 0;
                });
                for (String command : List.of(
                        "status acls.yaml --json",
                        "pause acls.yaml",
                        "resume acls.yaml",
                        "dead-letters list acls.yaml",
                        "dead-letters retry acls.yaml --yes",
                        "undo acls.yaml --yes")) {
                    Operator.Said said = operator.says(command.split(" "));
                    assertThat(said.code()).as(command + "\n" + said.err()).isZero();
                }
                for (KeyferryProcess stage : List.of(snapshot, processor, sink)) {
                    stage.terminate();
                    stage.exitCode();
                    assertThat(stage.err()).doesNotContain("AuthorizationException", "Not authorized");
                }
            }
            for (String command : List.of(
                    "replay acls.yaml --stage sink --to-earliest --yes",
                    "audit acls.yaml",
                    "clean acls.yaml --force --yes")) {
                Operator.Said said = operator.says(command.split(" "));
                assertThat(said.code()).as(command + "\n" + said.err()).isZero();
            }
            assertThat(admin.listTopics().names().get()).noneMatch(topic -> topic.startsWith("acls."));

            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                    Map.of(
                            "bootstrap.servers",
                            "127.0.0.1:" + closed,
                            "security.protocol",
                            "SASL_PLAINTEXT",
                            "sasl.mechanism",
                            "PLAIN",
                            "sasl.jaas.config",
                            login("keyferry-snapshot")),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                admin.createTopics(List.of(new NewTopic("acls.journal", 1, (short) 1)))
                        .all()
                        .get();
                assertThatThrownBy(() -> producer.send(new ProducerRecord<>("acls.journal", new byte[0]))
                                .get())
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(TopicAuthorizationException.class);
            }
        }
    }
}
