package io.keyferry.servers;

import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.PostgreSQLContainer;
import org.testcontainers.kafka.KafkaContainer;

/** PostgreSQL and Kafka as Docker runs them, each with the settings of its twin in the sandbox. */
final class Containers {

    private static final String POSTGRES = "postgres:17";
    private static final String KAFKA = "apache/kafka:4.3.1";

    static final String NO_DOCKER = "the tests are to run on containers, and no Docker engine answers";

    private Containers() {}

    static boolean dockerAnswers() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    static SandboxPostgres postgres(Map<String, String> settings) {
        PostgreSQLContainer<?> server = new PostgreSQLContainer<>(POSTGRES)
                .withUsername(SandboxPostgres.USER)
                .withPassword(SandboxPostgres.PASSWORD)
                .withDatabaseName(SandboxPostgres.DATABASE)
                .withCommand(command(settings));
        server.start();
        return SandboxPostgres.running(server.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT), server::stop);
    }

    private static String[] command(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(SandboxPostgres.settings());
        settings.forEach((name, value) -> all.put(nameBefore18(name), value));
        // as the embedded ones: nothing here outlives its test
        all.put("fsync", "off");
        List<String> command = new ArrayList<>(List.of("postgres"));
        all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command.toArray(String[]::new);
    }

    /** Until PostgreSQL 17 the number of slots was also the number of origins. */
    private static String nameBefore18(String name) {
        return name.equals("max_active_replication_origins") ? "max_replication_slots" : name;
    }

    static SandboxKafka kafka() {
        KafkaContainer server = new KafkaContainer(KAFKA);
        SandboxKafka.settings().forEach((name, value) -> server.addEnv(variable(name), value));
        server.start();
        return SandboxKafka.running(server.getMappedPort(9092), server::stop);
    }

    /** As the image wants its broker's settings. */
    private static String variable(String setting) {
        return "KAFKA_" + setting.toUpperCase(Locale.ROOT).replace('.', '_');
    }
}
