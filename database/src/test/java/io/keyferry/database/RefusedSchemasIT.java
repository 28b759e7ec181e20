package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tables that are refused before anything starts, all of one file at once, each with what to do about it. */
class RefusedSchemasIT {

    private final Map<String, List<String>> ddl = new LinkedHashMap<>();
    private final List<Migration.Table> tables = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();

    /** A table that is made by the statements, in which {@code TABLE} stands for its name. */
    private void shape(String table, String rowKeyOrNull, String context, String problem, String... statements) {
        ddl.put(table, List.of(statements));
        Map<String, String> texts = context.isEmpty() ? Map.of() : Map.of("c", context);
        tables.add(new Migration.Table(
                TableName.parse(table),
                Optional.ofNullable(rowKeyOrNull),
                List.of(new Migration.Column(
                        "secret",
                        Encoding.BASE64,
                        texts.isEmpty() ? ContextTemplate.NONE : ContextTemplate.parse(texts)))));
        if (problem != null) {
            expected.add(table + ": " + problem);
        }
    }

    @Test
    void tellsOfEveryTableWhatIsWrongAndWhatToDo() throws SQLException {
        String plain = "CREATE TABLE TABLE (id bigint NOT NULL, secret text)";
        String unique = plain + "; CREATE UNIQUE INDEX TABLE_key ON TABLE (id)";
        shape(
                "public.no_key",
                null,
                "",
                "has no primary key, by which KeyFerry tells its rows apart: add one, or name a unique index over NOT"
                        + " NULL columns as rowKey (no_key_key)",
                unique);
        shape("public.missing", "mising_key", "", "there is no index mising_key; did you mean missing_key?", unique);
        shape(
                "public.keyed",
                "keyed_pkey",
                "",
                "has a primary key, which tells its rows apart: leave rowKey out",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text)");
        shape(
                "public.not_unique",
                "not_unique_key",
                "",
                "index not_unique_key cannot be its row key: it is not unique",
                plain,
                "CREATE INDEX TABLE_key ON TABLE (id)",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.partial",
                "partial_key",
                "",
                "index partial_key cannot be its row key: it leaves rows out (WHERE)",
                plain,
                "CREATE UNIQUE INDEX TABLE_key ON TABLE (id) WHERE id > 0",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.deferred",
                "deferred_key",
                "",
                "index deferred_key cannot be its row key: it is deferrable",
                plain,
                "ALTER TABLE TABLE ADD CONSTRAINT TABLE_key UNIQUE (id) DEFERRABLE",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.computed",
                "computed_key",
                "",
                "index computed_key cannot be its row key: it is on an expression, not on columns alone",
                plain,
                "CREATE UNIQUE INDEX TABLE_key ON TABLE (abs(id))",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.nullable",
                "nullable_key",
                "",
                "index nullable_key cannot be its row key: it allows NULL in id: ALTER TABLE \"public\".\"nullable\""
                        + " ALTER COLUMN \"id\" SET NOT NULL",
                "CREATE TABLE TABLE (id bigint CONSTRAINT TABLE_key UNIQUE, secret text)",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.unidentified",
                "unidentified_key",
                "",
                "its old rows are not identified by index unidentified_key, so once published, the application could"
                        + " not update it: ALTER TABLE \"public\".\"unidentified\" REPLICA IDENTITY USING INDEX"
                        + " \"unidentified_key\"",
                unique);
        shape(
                "public.parted_no_key",
                "parted_no_key_key",
                "",
                "is partitioned and has no primary key: a partition that is created later could not be updated by the"
                        + " application; add a primary key",
                plain + " PARTITION BY LIST (id)",
                "CREATE UNIQUE INDEX TABLE_key ON TABLE (id)");
        shape(
                "public.no_identity",
                null,
                "",
                "it has no replica identity that works, so once published, the application could not update it: ALTER"
                        + " TABLE \"public\".\"no_identity\" REPLICA IDENTITY DEFAULT",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text)",
                "ALTER TABLE TABLE REPLICA IDENTITY NOTHING");
        shape(
                "public.late_key",
                null,
                "",
                "its primary key is deferrable, so once published, the application could not update it: ALTER TABLE"
                        + " \"public\".\"late_key\" REPLICA IDENTITY FULL",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY DEFERRABLE, secret text)");
        shape(
                "public.virtual",
                null,
                "",
                "has REPLICA IDENTITY FULL and a virtual generated column, so once published, the application could not"
                        + " update it: ALTER TABLE \"public\".\"virtual\" REPLICA IDENTITY DEFAULT",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text, twice bigint GENERATED ALWAYS AS (id * 2)"
                        + " VIRTUAL)",
                "ALTER TABLE TABLE REPLICA IDENTITY FULL");
        shape(
                "public.parent",
                null,
                "",
                "has child tables that inherit from it, over which no primary key holds: take them out with ALTER TABLE"
                        + " <child> NO INHERIT \"public\".\"parent\" for the migration, and migrate them by their own"
                        + " names",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text)",
                "CREATE TABLE TABLE_child () INHERITS (TABLE)");
        shape(
                "public.parted",
                null,
                "",
                null,
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text)" + " PARTITION BY RANGE (id)",
                "CREATE TABLE TABLE_low PARTITION OF TABLE FOR VALUES FROM (0) TO (9)");
        shape(
                "public.parted_low",
                null,
                "",
                "is a partition of public.parted, which is migrated with all of them: leave it out");
        shape(
                "public.thousands",
                null,
                "{rounded}",
                "column rounded of an encryption context is a numeric of negative scale, whose text comes out"
                        + " differently in change events: give it a scale of 0 (ALTER TABLE \"public\".\"thousands\""
                        + " ALTER COLUMN \"rounded\" TYPE numeric)",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text, rounded numeric(8, -3))");
        shape(
                "public.secured",
                null,
                "",
                "has row-level security, which may hide rows from role app: use its owner, or a role with BYPASSRLS"
                        + " (ALTER ROLE \"app\" BYPASSRLS)",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text)",
                "ALTER TABLE TABLE ENABLE ROW LEVEL SECURITY");
        shape(
                "public.alike",
                null,
                "",
                "columns note and Note differ only by case, which Debezium cannot tell apart: rename one for the"
                        + " migration",
                "CREATE TABLE TABLE (id bigint PRIMARY KEY, secret text, note text, \"Note\" text)");
        shape(
                "public.\"\"\"odd\"",
                null,
                "",
                "the name \"odd begins or ends with a double quote, which Debezium cannot read: rename it for the"
                        + " migration",
                "CREATE TABLE \"\"\"odd\" (id bigint PRIMARY KEY, secret text)");

        try (SandboxPostgres postgres = SandboxPostgres.start(0, null);
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            for (Map.Entry<String, List<String>> table : ddl.entrySet()) {
                String name = table.getKey().replace("public.", "");
                for (String sql : table.getValue()) {
                    statement.execute(sql.replace("TABLE TABLE", "TABLE " + name)
                            .replace("ON TABLE", "ON " + name)
                            .replace("OF TABLE", "OF " + name)
                            .replace("(TABLE)", "(" + name + ")")
                            .replace("TABLE_", name + "_"));
                }
            }
            statement.execute(
                    "CREATE ROLE app; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO app; SET ROLE app");

            SchemaException refusal =
                    catchThrowableOfType(SchemaException.class, () -> Catalog.layouts(connection, tables));

            assertThat(refusal.problems())
                    .extracting(Object::toString)
                    .containsExactlyElementsOf(Collections.unmodifiableList(expected));
        }
    }
}
