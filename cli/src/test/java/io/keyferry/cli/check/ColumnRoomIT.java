package io.keyferry.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;

class ColumnRoomIT {

    @Test
    void tellsWhichColumnsAreTooShortForValuesThatGrow() throws SQLException {
        try (SandboxPostgres postgres = Servers.postgres();
                Connection connection = postgres.connect();
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE DOMAIN code AS varchar(10);"
                    + "CREATE TABLE t (id int PRIMARY KEY, free text, narrow varchar(10), domain code, wide varchar(20),"
                    + " padded char(10));"
                    + "INSERT INTO t SELECT n, repeat('x', n), repeat('x', n), repeat('x', n), repeat('x', n),"
                    + " repeat('x', n) FROM generate_series(1, 8) n");
            Migration.Table table = new Migration.Table(TableName.parse("public.t"), List.of());

            assertThat(ColumnRoom.problem(connection, table, base64("narrow"), 3))
                    .hasValue("public.t.narrow holds at most 10 characters. Under the target key its values are up to 4"
                            + " longer, and some would not fit: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"narrow\""
                            + " TYPE varchar(14)");
            assertThat(ColumnRoom.problem(connection, table, base64("domain"), 4))
                    .isPresent();
            assertThat(ColumnRoom.problem(connection, table, base64("padded"), 4))
                    .isPresent();
            assertThat(ColumnRoom.problem(connection, table, base64("wide"), 4)).isEmpty();
            assertThat(ColumnRoom.problem(connection, table, base64("free"), 4)).isEmpty();
            assertThat(ColumnRoom.problem(connection, table, base64("narrow"), 0))
                    .isEmpty();
            assertThat(ColumnRoom.problem(connection, table, hex("narrow"), 2)).isEmpty();
        }
    }

    private static Migration.Column base64(String name) {
        return new Migration.Column(name, Encoding.BASE64, ContextTemplate.NONE);
    }

    private static Migration.Column hex(String name) {
        return new Migration.Column(name, Encoding.HEX, ContextTemplate.NONE);
    }
}
