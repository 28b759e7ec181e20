package io.keyferry.servers;

import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.util.Map;

/**
 * The servers that tests run against: embedded ones, or with {@code -Dkeyferry.servers=containers} those that Docker runs.
 */
public final class Servers {

    /** {@code embedded}, which is the default, or {@code containers}. */
    private static final String PROPERTY = "keyferry.servers";

    private Servers() {}

    public static SandboxPostgres postgres() {
        return postgres(Map.of());
    }

    /** A server with settings of postgresql.conf besides those of the sandbox. */
    public static SandboxPostgres postgres(Map<String, String> settings) {
        return inContainers() ? Containers.postgres(settings) : SandboxPostgres.start(0, null, settings);
    }

    public static SandboxKafka kafka() {
        return inContainers() ? Containers.kafka() : SandboxKafka.start(0, null);
    }

    /** Both, with a local KMS in this JVM. */
    public static Sandbox sandbox() {
        return Sandbox.start(Servers::postgres, Servers::kafka, null);
    }

    static boolean inContainers() {
        String servers = System.getProperty(PROPERTY, "embedded");
        return switch (servers) {
            case "embedded" -> false;
            case "containers" -> true;
            default ->
                throw new IllegalArgumentException(
                        "-D" + PROPERTY + "=" + servers + " is neither embedded nor containers");
        };
    }
}
