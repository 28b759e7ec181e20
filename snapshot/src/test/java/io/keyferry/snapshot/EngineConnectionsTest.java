package io.keyferry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.database.DatabaseAddress;
import io.keyferry.model.KeyFerryException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineConnectionsTest {

    private static DatabaseAddress address(Map<String, String> parameters, DatabaseAddress.Host... hosts) {
        return new DatabaseAddress(List.of(hosts), "app", parameters);
    }

    private static DatabaseAddress.Host host(String name, int port) {
        return new DatabaseAddress.Host(name, port);
    }

    @Test
    void mapsHostsAndCertificates() {
        DatabaseAddress address = address(
                Map.of("sslmode", "verify-full", "sslrootcert", "/certs/ca.pem", "options", "-c geqo=off"),
                host("one", 5432),
                host("fd00::2", 5433));

        Map<String, String> settings = EngineConnections.settings(address, 17);

        assertThat(settings)
                .containsEntry("driver.keyferry.url", "jdbc:postgresql://one:5432,[fd00::2]:5433/app")
                .containsEntry("driver.targetServerType", "primary")
                .containsEntry("driver.sslmode", "verify-full")
                .containsEntry("driver.sslrootcert", "/certs/ca.pem")
                .containsEntry("database.dbname", "app");
        assertThat(settings.get("driver.options")).endsWith(" -c geqo=off").contains("transaction_timeout=0");
    }

    @Test
    void refusesParametersThatCannotBeMappedByName() {
        DatabaseAddress address =
                address(Map.of("readOnly", "true", "nonsense", "1", "sslmode", "require"), host("one", 5432));

        assertThatThrownBy(() -> EngineConnections.check(address))
                .isInstanceOf(KeyFerryException.class)
                .hasMessageContaining("[nonsense, readOnly]");
    }

    @Test
    void refusesAServerThatMayBeAStandby() {
        DatabaseAddress address = address(Map.of("targetServerType", "preferSecondary"), host("one", 5432));

        assertThatThrownBy(() -> EngineConnections.check(address))
                .isInstanceOf(KeyFerryException.class)
                .hasMessageContaining("targetServerType=preferSecondary");
    }
}
