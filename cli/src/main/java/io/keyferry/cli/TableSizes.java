package io.keyferry.cli;

import io.keyferry.database.Database;
import io.keyferry.database.DatabaseException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** About how many values each table holds, for a progress bar: a small table is counted, a large one is not read. */
public final class TableSizes {

    private static final Logger log = LoggerFactory.getLogger(TableSizes.class);
    private static final long COUNTED_BYTES = 80L << 20;

    /** Partitions and inheriting tables hold the rows of their parent. Before the first ANALYZE, reltuples is -1. */
    private static final String SIZE = """
            WITH RECURSIVE tree (relid) AS (
                SELECT ?::text::regclass::oid
                UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.relid)
            SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint,
                   (sum(c.reltuples) FILTER (WHERE c.reltuples > 0))::bigint
            FROM pg_class c JOIN tree ON c.oid = tree.relid
            WHERE c.relkind <> 'p'
            """;

    private TableSizes() {}

    /** By table; empty where it is not known. It never fails: a run can do without a bar. */
    public static Map<TableName, OptionalLong> values(List<Migration.Table> tables, Database database) {
        Map<TableName, OptionalLong> values = new LinkedHashMap<>();
        tables.forEach(table -> values.put(table.name(), OptionalLong.empty()));
        try (Connection connection = database.connect("progress")) {
            for (Migration.Table table : tables) {
                OptionalLong rows = rows(connection, table.name());
                if (rows.isPresent()) {
                    values.put(
                            table.name(),
                            OptionalLong.of(rows.getAsLong() * table.columns().size()));
                }
            }
        } catch (SQLException | DatabaseException e) {
            log.debug("How many rows there are is not known", e);
        }
        return values;
    }

    private static OptionalLong rows(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SIZE)) {
            query.setString(1, table.quoted());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                if (row.getLong(1) > COUNTED_BYTES) {
                    long estimate = row.getLong(2);
                    return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(estimate);
                }
            }
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table.quoted())) {
            row.next();
            return OptionalLong.of(row.getLong(1));
        }
    }
}
