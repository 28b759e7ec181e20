package io.keyferry.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxServersIT {

    @Test
    void postgresHasLogicalReplicationAndKeepsItsDataOverARestart(@TempDir Path folder) throws SQLException {
        try (SandboxPostgres postgres = SandboxPostgres.start(0, folder);
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept AS SELECT current_setting('wal_level') AS wal_level");
        }

        try (SandboxPostgres postgres = SandboxPostgres.start(0, folder);
                Connection connection = postgres.connect();
                ResultSet kept = connection.createStatement().executeQuery("SELECT wal_level FROM kept")) {
            assertThat(kept.next()).isTrue();
            assertThat(kept.getString(1)).isEqualTo("logical");
        }
    }

    @Test
    void postgresRefusesAWrongPassword() {
        try (SandboxPostgres postgres = SandboxPostgres.start(0, null)) {
            assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void kafkaKeepsItsTopicsOverARestart(@TempDir Path folder) throws Exception {
        try (SandboxKafka kafka = SandboxKafka.start(0, folder);
                Admin admin = admin(kafka)) {
            admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1)))
                    .all()
                    .get();
        }

        try (SandboxKafka kafka = SandboxKafka.start(0, folder);
                Admin admin = admin(kafka)) {
            assertThat(admin.describeTopics(List.of("kept"))
                            .allTopicNames()
                            .get()
                            .get("kept")
                            .partitions())
                    .hasSize(3);
        }
    }

    private static Admin admin(SandboxKafka kafka) {
        Properties properties = new Properties();
        properties.putAll(Map.of("bootstrap.servers", kafka.bootstrapServers()));
        return Admin.create(properties);
    }
}
