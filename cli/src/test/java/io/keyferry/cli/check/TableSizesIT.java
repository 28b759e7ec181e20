package io.keyferry.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TableSizesIT {

    private static SandboxPostgres postgres;

    @BeforeAll
    static void start() throws SQLException {
        postgres = Servers.postgres();
        try (Connection connection = postgres.connect();
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE TABLE small (id int PRIMARY KEY, a bytea)");
            sql.execute("INSERT INTO small SELECT generate_series(1, 7)");
            sql.execute("CREATE TABLE parts (id int PRIMARY KEY, a bytea) PARTITION BY RANGE (id)");
            sql.execute("CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (10)");
            sql.execute(
                    "CREATE TABLE parts2 PARTITION OF parts FOR VALUES FROM (10) TO (20)" + " PARTITION BY RANGE (id)");
            sql.execute("CREATE TABLE parts3 PARTITION OF parts2 FOR VALUES FROM (10) TO (20)"
                    + " WITH (autovacuum_enabled = false)");
            sql.execute("CREATE TABLE large (id int PRIMARY KEY, a bytea)"
                    + " WITH (fillfactor = 10, autovacuum_enabled = false)");
            sql.execute("ALTER TABLE large ALTER COLUMN a SET STORAGE PLAIN");
            sql.execute("INSERT INTO parts SELECT generate_series(8, 12)");
            sql.execute("INSERT INTO large SELECT n, convert_to(repeat('x', 900), 'UTF8')"
                    + " FROM generate_series(1, 11000) n");
        }
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    private static Map<TableName, OptionalLong> values(String table) {
        Database database =
                new JdbcDatabase(postgres.jdbcUrl(), () -> new DatabaseLogin(postgres.user(), postgres.password()));
        Migration.Column column = new Migration.Column("a", Encoding.RAW, ContextTemplate.NONE);
        return TableSizes.values(
                List.of(new Migration.Table(TableName.parse(table), List.of(column, column))), database);
    }

    @Test
    void countsSmallTablesAndAllTheirPartitions() {
        assertThat(values("public.small").values()).containsExactly(OptionalLong.of(14));
        assertThat(values("public.parts").values()).containsExactly(OptionalLong.of(10));
    }

    @Test
    void knowsOfLargeTablesOnlyWhatTheCatalogTells() throws SQLException {
        assertThat(values("public.large").values()).containsExactly(OptionalLong.empty());

        try (Connection connection = postgres.connect();
                Statement sql = connection.createStatement()) {
            sql.execute("ANALYZE large");
        }

        assertThat(values("public.large").values()).containsExactly(OptionalLong.of(22_000));
    }

    @Test
    void doesNotFailWhereATableCannotBeAsked() {
        assertThat(values("public.missing").values()).containsExactly(OptionalLong.empty());
    }
}
