package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.key;
import static io.keyferry.sink.Rewrites.rewrite;
import static io.keyferry.sink.SinkFixture.column;
import static io.keyferry.sink.SinkFixture.outcomes;
import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.database.Catalog;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ColumnTypesIT {

    private static SinkFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinkFixture(null);
        fixture.sql(
                "CREATE SCHEMA ext",
                "CREATE EXTENSION citext SCHEMA ext",
                "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE DOMAIN ciphertext AS text CHECK (VALUE <> '')",
                "CREATE TYPE mood AS ENUM ('sad', 'happy')");
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void findsRowsByKeysOfEveryType() throws Exception {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("bigint", "9007199254740993");
        keys.put("smallint", "-7");
        keys.put("uuid", "0b5a3f0e-8f3e-4a55-9c0e-0d9f0f6f3a11");
        keys.put("text", "a 'quoted', \"{NULL}\" \\ text\nof two lines: ü€𝄞");
        keys.put("varchar(20)", "NULL");
        keys.put("char(6)", "ab    ");
        keys.put("ext.citext", "MiXed");
        keys.put("text COLLATE caseless", "MiXed");
        keys.put("numeric", "12345678901234567890.1230");
        keys.put("date", "2026-01-02");
        keys.put("timestamp", "2026-01-02T03:04:05.678901");
        keys.put("timestamptz", "2026-01-02T03:04:05.678901Z");
        keys.put("time", "03:04:05.678901");
        keys.put("bytea", "\\x00ff5c27");
        keys.put("boolean", "t");
        keys.put("mood", "happy");
        keys.put("inet", "10.0.0.1/8");
        List<Migration.Table> tables = new ArrayList<>();
        List<Rewrite> rewrites = new ArrayList<>();
        for (Map.Entry<String, String> key : keys.entrySet()) {
            TableName table = new TableName("public", "by " + key.getKey());
            String type = key.getKey().replace(" COLLATE caseless", "");
            fixture.sql(
                    "CREATE TABLE " + table.quoted() + " (k " + key.getKey() + " PRIMARY KEY, ssn text)",
                    "INSERT INTO " + table.quoted() + " VALUES ('"
                            + key.getValue().replace("'", "''") + "'::" + type + ", 'old')");
            tables.add(new Migration.Table(table, List.of(column("ssn", Encoding.BASE64))));
            rewrites.add(rewrite(table, Map.of("k", key.getValue()), "ssn", "old", "new"));
        }
        Migration migration = fixture.migration("key-types", 0, tables);
        fixture.journal(migration, rewrites.toArray(Rewrite[]::new));

        fixture.applyAll(migration);

        for (Migration.Table table : tables) {
            assertThat(fixture.texts("SELECT ssn FROM " + table.name().quoted()))
                    .as(table.name().table())
                    .containsExactly("new");
            assertThat(fixture.counts(migration, table.name(), "ssn"))
                    .as(table.name().table())
                    .isEqualTo(outcomes(1, 0));
        }
    }

    @Test
    void aKeyAddressesNoRowWhoseKeyIsMerelyTakenForTheSame() throws Exception {
        Map<String, String[]> keys = new LinkedHashMap<>();
        keys.put("ext.citext", new String[] {"Ann", "ANN"});
        keys.put("text COLLATE caseless", new String[] {"Ann", "ANN"});
        keys.put("varchar(9) COLLATE caseless", new String[] {"Ann", "ANN"});
        keys.put("numeric", new String[] {"1.5", "1.50"});
        List<Migration.Table> tables = new ArrayList<>();
        List<Rewrite> rewrites = new ArrayList<>();
        for (Map.Entry<String, String[]> key : keys.entrySet()) {
            TableName table = new TableName("public", "as " + key.getKey());
            fixture.sql(
                    "CREATE TABLE " + table.quoted() + " (k " + key.getKey() + " PRIMARY KEY, ssn text)",
                    "INSERT INTO " + table.quoted() + " VALUES ('" + key.getValue()[1] + "', 'old')");
            tables.add(new Migration.Table(table, List.of(column("ssn", Encoding.BASE64, "k"))));
            String before = key.getValue()[0];
            rewrites.add(rewrite(table, Map.of("k", before), Map.of("k", before), null, "ssn", "old", "new"));
        }
        Migration migration = fixture.migration("same-keys", 0, tables);
        fixture.journal(migration, rewrites.toArray(Rewrite[]::new));

        fixture.applyAll(migration);

        for (Migration.Table table : tables) {
            assertThat(fixture.texts("SELECT ssn FROM " + table.name().quoted()))
                    .as(table.name().table())
                    .containsExactly("old");
            assertThat(fixture.counts(migration, table.name(), "ssn"))
                    .as(table.name().table())
                    .isEqualTo(outcomes(0, 1));
        }
    }

    @Test
    void readsEveryRowInTheOrderOfAKeyWhoseOperatorsAreNotInTheSearchPath() throws Exception {
        TableName table = new TableName("public", "in_key_order");
        fixture.sql(
                "CREATE TABLE in_key_order (k ext.citext, n int, ssn text, PRIMARY KEY (k, n))",
                "INSERT INTO in_key_order SELECT k, n, k || n FROM unnest(ARRAY['b', 'A', 'c', 'D', 'é']) k,"
                        + " generate_series(1, 2) n");
        Migration.Table migrated = new Migration.Table(table, List.of(column("ssn", Encoding.BASE64)));
        List<String> read = new ArrayList<>();
        try (Connection connection = fixture.connect()) {
            TableLayout layout = Catalog.layouts(connection, List.of(migrated)).get(0);
            RowReader reader = new RowReader(migrated, layout);
            Map<String, String> after = null;
            for (List<RowReader.Row> rows = reader.next(connection, after, 1);
                    !rows.isEmpty();
                    rows = reader.next(connection, after, 1)) {
                after = RowReader.key(layout, rows.get(0));
                read.add(rows.get(0).columns().get("ssn"));
            }
        }

        assertThat(read).containsExactly("A1", "A2", "b1", "b2", "c1", "c2", "D1", "D2", "é1", "é2");
    }

    @Test
    void findsTheKeyFurtherOnWithoutReadingTheRowsBetween() throws Exception {
        TableName table = new TableName("public", "far_on");
        fixture.sql(
                "CREATE TABLE far_on (tenant char(4), flag boolean, n int, \"%s\" text, PRIMARY KEY (tenant, flag, n))",
                "INSERT INTO far_on SELECT t, f, n, 'x' FROM unnest(ARRAY['a', 'b']) t,"
                        + " unnest(ARRAY[false, true]) f, generate_series(1, 5) n");
        Migration.Table migrated = new Migration.Table(table, List.of(column("%s", Encoding.BASE64)));
        try (Connection connection = fixture.connect()) {
            TableLayout layout = Catalog.layouts(connection, List.of(migrated)).get(0);
            RowReader reader = new RowReader(migrated, layout);
            List<Map<String, String>> all = reader.next(connection, null, 100).stream()
                    .map(row -> RowReader.key(layout, row))
                    .toList();

            assertThat(all).hasSize(20);
            assertThat(reader.keyAfter(connection, null, 0)).contains(all.get(0));
            assertThat(reader.keyAfter(connection, null, 19)).contains(all.get(19));
            assertThat(reader.keyAfter(connection, null, 20)).isEmpty();
            for (int i = 0; i < 20; i++) {
                assertThat(reader.keyAfter(connection, all.get(i), 2))
                        .isEqualTo(i + 3 < 20 ? Optional.of(all.get(i + 3)) : Optional.empty());
                assertThat(reader.read(connection, List.of(all.get(i))).get(0)).isPresent();
            }
        }
    }

    @Test
    void namesAndCompositeKeysMayBeWhatTheyLike() throws Exception {
        TableName table = new TableName("Odd.Schema", "Tåble \"x\".y");
        String tenant = "Tenant.Id";
        String number = "nümber \"1\"!";
        String ssn = "Ssn 'enc'?";
        fixture.sql(
                "CREATE SCHEMA \"Odd.Schema\"",
                "CREATE TABLE " + table.quoted() + " (" + TableName.quote(number) + " int, " + TableName.quote(ssn)
                        + " text, \"Zone\" text, " + TableName.quote(tenant) + " text, PRIMARY KEY ("
                        + TableName.quote(tenant) + ", " + TableName.quote(number) + "))",
                "INSERT INTO " + table.quoted()
                        + " VALUES (1, 'one', 'z', 'a'), (2, 'two', 'z', 'a'), (1, 'three', 'z',"
                        + " 'b'), (2, 'four', 'y', 'b')");
        Migration migration = fixture.migration("odd-names", table, column(ssn, Encoding.BASE64, tenant, "Zone"));
        String[][] rows = {{"a", "1", "one"}, {"a", "2", "two"}, {"b", "1", "three"}, {"b", "2", "four"}};
        for (String[] row : rows) {
            Map<String, String> key = Map.of(tenant, row[0], number, row[1]);
            fixture.journal(
                    migration,
                    rewrite(table, key, Map.of(tenant, row[0], "Zone", "z"), null, ssn, row[2], "new " + row[2]));
        }

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT " + TableName.quote(ssn) + " FROM " + table.quoted() + " ORDER BY "
                        + TableName.quote(tenant) + ", " + TableName.quote(number)))
                .containsExactly("new one", "new two", "new three", "four");
        assertThat(fixture.counts(migration, ssn)).isEqualTo(outcomes(3, 1));
    }

    @Test
    void comparesColumnsOfEveryTextTypeByteByByte() throws Exception {
        TableName table = new TableName("public", "text_types");
        String[] columns = {"plain", "varying", "padded", "caseless", "insensitive", "domain"};
        fixture.sql(
                "CREATE TABLE text_types (id bigint PRIMARY KEY, plain text, varying varchar(300), padded char(300),"
                        + " caseless text COLLATE caseless, insensitive ext.citext, domain ciphertext)");
        Migration migration = fixture.migration(
                "text-types",
                table,
                Arrays.stream(columns)
                        .map(name -> column(name, Encoding.BASE64))
                        .toArray(Migration.Column[]::new));
        String old = SOURCE.base64("letters");
        String other = old.toUpperCase(Locale.ROOT);
        String renewed = TARGET.base64("letters");
        for (int id = 1; id <= 2; id++) {
            String stored = id == 1 ? old : other;
            fixture.sql("INSERT INTO text_types VALUES (" + id + (", '" + stored + "'").repeat(columns.length) + ")");
            List<String> values = new ArrayList<>();
            for (String column : columns) {
                // change events give char(n) with its padding
                String text = column.equals("padded") ? old + " ".repeat(300 - old.length()) : old;
                values.addAll(List.of(column, text, renewed));
            }
            fixture.journal(migration, rewrite(table, key(id), values.toArray(String[]::new)));
        }

        fixture.applyAll(migration);

        for (String column : columns) {
            assertThat(fixture.texts("SELECT rtrim(" + column + "::text) FROM text_types ORDER BY id"))
                    .as(column)
                    .containsExactly(renewed, other);
            assertThat(fixture.counts(migration, column)).as(column).isEqualTo(outcomes(1, 1));
        }
    }

    @Test
    void comparesContextColumnsOfEveryType() throws Exception {
        Map<String, String[]> contexts = new LinkedHashMap<>();
        contexts.put("boolean", new String[] {"t", "f"});
        contexts.put("numeric", new String[] {"1.5", "1.50"});
        contexts.put("date", new String[] {"2026-01-02", "2026-01-03"});
        contexts.put(
                "uuid", new String[] {"0b5a3f0e-8f3e-4a55-9c0e-0d9f0f6f3a11", "0b5a3f0e-8f3e-4a55-9c0e-0d9f0f6f3a12"});
        contexts.put("char(5)", new String[] {"ab   ", "abc  "});
        contexts.put("text COLLATE caseless", new String[] {"ab", "AB"});
        contexts.put("ext.citext", new String[] {"ab", "AB"});
        contexts.put("mood", new String[] {"sad", "happy"});
        List<Migration.Table> tables = new ArrayList<>();
        List<Rewrite> rewrites = new ArrayList<>();
        for (Map.Entry<String, String[]> context : contexts.entrySet()) {
            TableName table = new TableName("public", "in " + context.getKey());
            fixture.sql(
                    "CREATE TABLE " + table.quoted() + " (id bigint PRIMARY KEY, c " + context.getKey() + ", ssn text)",
                    "INSERT INTO " + table.quoted() + " VALUES (1, '" + context.getValue()[0] + "', 'old'), (2, '"
                            + context.getValue()[1] + "', 'old')");
            tables.add(new Migration.Table(table, List.of(column("ssn", Encoding.BASE64, "c"))));
            for (long id = 1; id <= 2; id++) {
                rewrites.add(rewrite(table, key(id), Map.of("c", context.getValue()[0]), null, "ssn", "old", "new"));
            }
        }
        Migration migration = fixture.migration("context-types", 0, tables);
        fixture.journal(migration, rewrites.toArray(Rewrite[]::new));

        fixture.applyAll(migration);

        for (Migration.Table table : tables) {
            assertThat(fixture.texts("SELECT ssn FROM " + table.name().quoted() + " ORDER BY id"))
                    .as(table.name().table())
                    .containsExactly("new", "old");
            assertThat(fixture.counts(migration, table.name(), "ssn"))
                    .as(table.name().table())
                    .isEqualTo(outcomes(1, 1));
        }
    }
}
