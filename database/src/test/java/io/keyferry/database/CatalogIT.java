package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogIT {

    private static final String ENUM = "Mood \"x\"";

    private static SandboxPostgres postgres;
    private Connection connection;

    @BeforeAll
    static void start() throws SQLException {
        postgres = Servers.postgres();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA \"Sales\"; CREATE SCHEMA extensions;"
                    + "CREATE EXTENSION citext SCHEMA extensions;"
                    + "CREATE TYPE \"Sales\"." + TableName.quote(ENUM) + " AS ENUM ('good', 'bad');"
                    + "CREATE DOMAIN \"Sales\".code AS varchar(10) CHECK (value <> '');"
                    + "CREATE DOMAIN \"Sales\".short_code AS \"Sales\".code CHECK (length(value) < 5);"
                    + "CREATE DOMAIN cipher AS bytea; CREATE DOMAIN numbers AS int[]; CREATE ROLE app LOGIN");
        }
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    /** Each test in a transaction of its own, which is rolled back. */
    @BeforeEach
    void begin() throws SQLException {
        connection = postgres.connect();
        connection.setAutoCommit(false);
    }

    @AfterEach
    void rollBack() throws SQLException {
        connection.rollback();
        connection.close();
    }

    @Test
    void readsTheRowKeyInItsOrderAndOnlyTheColumnsThatAreNeeded() throws SQLException {
        execute("CREATE TABLE \"Sales\".\"Order.Lines\" (note text, ssn varchar(500), line int, tenant bpchar(3),"
                + " \"Order\" uuid, card bytea, PRIMARY KEY (\"Order\", line) INCLUDE (note))");

        List<TableLayout> layouts = Catalog.layouts(
                connection,
                List.of(table("Sales.\"Order.Lines\"", text("ssn", "{tenant}"), raw("card", "{Order}/{tenant}"))));

        assertThat(layouts)
                .containsExactly(new TableLayout(
                        new TableName("Sales", "Order.Lines"),
                        List.of("Order", "line"),
                        true,
                        columns(
                                "Order",
                                "uuid",
                                "line",
                                "integer",
                                "ssn",
                                "character varying",
                                "tenant",
                                "bpchar",
                                "card",
                                "bytea")));
        assertThat(layouts.get(0).column("card").isBytes()).isTrue();
    }

    @Test
    void resolvesDomainsAndQualifiesTypesOfAnySearchPath() throws SQLException {
        execute("SET LOCAL search_path = \"Sales\", extensions, public");
        execute("CREATE TABLE public.t (id short_code PRIMARY KEY, mood " + TableName.quote(ENUM)
                + ", name citext, c public.cipher)");

        TableLayout layout = Catalog.layouts(connection, List.of(table("public.t", raw("c", "{mood}{name}"))))
                .get(0);

        assertThat(layout.columns())
                .isEqualTo(columns(
                        "id",
                        "character varying",
                        "mood",
                        "\"Sales\"." + TableName.quote(ENUM),
                        "name",
                        "extensions.citext",
                        "c",
                        "bytea"));
    }

    @Test
    void readsPartitionedTables() throws SQLException {
        execute("CREATE TABLE t (id int, day date, c bytea, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)");

        assertThat(Catalog.layouts(connection, List.of(table("public.t", raw("c"))))
                        .get(0)
                        .rowKey())
                .containsExactly("id", "day");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "smallint",
                "int",
                "bigint",
                "numeric(20,3)",
                "text",
                "varchar(10)",
                "char(4)",
                "extensions.citext",
                "uuid",
                "date",
                "timestamp",
                "timestamptz(3)",
                "time",
                "boolean",
                "bytea",
                "inet",
                "cidr",
                "macaddr",
                "\"Sales\".\"Mood \"\"x\"\"\"",
                "\"Sales\".short_code"
            })
    void acceptsRowKeysThatCastFromText(String type) throws SQLException {
        execute("CREATE TABLE t (id " + type + " PRIMARY KEY, c bytea)");

        TableLayout layout = Catalog.layouts(connection, List.of(table("public.t", raw("c"))))
                .get(0);

        // The type can be cast to as the sink does it, with another search path than ours.
        execute("SET LOCAL search_path = pg_catalog");
        execute("SELECT NULL::text::" + layout.column("id").type());
    }

    @ParameterizedTest
    @CsvSource({
        "int[],integer[]",
        "numbers,integer[]",
        "jsonb,jsonb",
        "varbit,bit varying",
        "float8,double precision",
        "interval,interval",
        "timetz,time with time zone",
        "int4range,int4range",
        "point_pair,public.point_pair"
    })
    void refusesRowKeysThatCannotBeCarriedAsText(String type, String named) throws SQLException {
        execute("CREATE TYPE point_pair AS (a int, b int)");
        execute("CREATE TABLE t (id " + type + " PRIMARY KEY, c bytea)");

        assertThat(problems(table("public.t", raw("c"))))
                .singleElement()
                .asString()
                .startsWith("public.t: column id of the row key is of type " + named + ",")
                .contains("it can carry integers");
    }

    @ParameterizedTest
    @CsvSource({"timestamptz,timestamp with time zone", "bytea,bytea", "float4,real", "jsonb,jsonb", "text[],text[]"})
    void refusesContextColumnsWhoseTextMayDiffer(String type, String named) throws SQLException {
        execute("CREATE TABLE t (id int PRIMARY KEY, x " + type + ", c bytea)");

        assertThat(problems(table("public.t", raw("c", "{x}"))))
                .singleElement()
                .asString()
                .contains("column x of an encryption context is of type " + named + ",");
    }

    @Test
    void comparesEncodingAndType() throws SQLException {
        execute("CREATE TABLE t (id int PRIMARY KEY, a text, b char(300), c extensions.citext, d bytea, e jsonb,"
                + " f cipher, g \"Sales\".short_code)");

        Catalog.layouts(
                connection, List.of(table("public.t", text("a"), text("b"), text("c"), raw("d"), raw("f"), text("g"))));
        assertThat(problems(table("public.t", raw("a"), text("d"), text("e"), text("f"))))
                .extracting(Object::toString)
                .containsExactly(
                        "public.t: column a is of type text, but encoding raw is for bytea",
                        "public.t: column d is of type bytea, but encoding base64 is for text, varchar, char and citext",
                        "public.t: column e is of type jsonb, but encoding base64 is for text, varchar, char and citext",
                        "public.t: column f is of type bytea, but encoding base64 is for text, varchar, char and citext");
    }

    @Test
    void tellsTheProblemsOfAllTablesAtOnce() throws SQLException {
        execute("CREATE TABLE customers (id int PRIMARY KEY, ssn text, gen text GENERATED ALWAYS AS ('x') STORED)");
        execute("CREATE TABLE nokey (c bytea)");
        execute("CREATE TABLE keyed (c bytea PRIMARY KEY)");
        execute("CREATE UNLOGGED TABLE lost (id int PRIMARY KEY, c bytea)");
        execute("CREATE VIEW seen AS SELECT * FROM customers");
        execute("CREATE TABLE \"Sales\".orders (id int PRIMARY KEY)");

        assertThat(problems(
                        table("public.custmers", text("ssn")),
                        table("public.orders", text("ssn")),
                        table("public.zzzzzzzzzzzz", text("ssn")),
                        table("public.customers", text("sn"), text("gen", "{id}{ssnn}"), text("ssn", "{gen}")),
                        table("public.nokey", raw("c")),
                        table("public.keyed", raw("c")),
                        table("public.lost", raw("c")),
                        table("public.seen", text("ssn")),
                        table("public.customers_pkey", text("ssn"))))
                .extracting(Object::toString)
                .containsExactly(
                        "public.custmers: there is no such table; did you mean public.customers?",
                        "public.orders: there is no such table; did you mean Sales.orders?",
                        "public.zzzzzzzzzzzz: there is no such table",
                        "public.customers: there is no column sn; did you mean ssn?",
                        "public.customers: column gen is in an encryption context and is itself encrypted:"
                                + " it would change meanwhile",
                        "public.customers: there is no column ssnn; did you mean ssn?",
                        "public.customers: column gen is generated: logical replication leaves such columns out, and"
                                + " they cannot be written",
                        "public.nokey: has no primary key, by which KeyFerry tells its rows apart: add one, or name a"
                                + " unique index over NOT NULL columns as rowKey",
                        "public.keyed: column c is part of the row key: a row's key cannot be re-encrypted",
                        "public.lost: is unlogged or temporary, so that its changes cannot be followed:"
                                + " ALTER TABLE \"public\".\"lost\" SET LOGGED",
                        "public.seen: is a view: name the table that it reads",
                        "public.customers_pkey: is no table");
    }

    @Test
    void namesTheGrantsThatARoleLacks() throws SQLException {
        execute("CREATE TABLE \"Sales\".t (id int PRIMARY KEY, tenant int, c bytea, d bytea, other text)");
        execute("GRANT SELECT (id, c), UPDATE (d) ON \"Sales\".t TO app; SET LOCAL ROLE app");
        Migration.Table table = table("Sales.t", raw("c", "{tenant}"), raw("d"));

        assertThat(problems(table))
                .extracting(SchemaException.Problem::wrong)
                .containsExactly(
                        "role app may not use its schema: GRANT USAGE ON SCHEMA \"Sales\" TO \"app\"",
                        "role app lacks privileges: GRANT SELECT (\"d\", \"tenant\"), UPDATE (\"c\") ON \"Sales\".\"t\""
                                + " TO \"app\"");

        execute("RESET ROLE; GRANT USAGE ON SCHEMA \"Sales\" TO \"app\";"
                + "GRANT SELECT (\"d\", \"tenant\"), UPDATE (\"c\") ON \"Sales\".\"t\" TO \"app\"; SET LOCAL ROLE app");
        assertThat(Catalog.layouts(connection, List.of(table))).hasSize(1);
    }

    @Test
    void refusesATableWhoseRowsMayBeHiddenFromTheRole() throws SQLException {
        execute("CREATE TABLE t (id int PRIMARY KEY, c bytea); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
                + "GRANT SELECT, UPDATE ON t TO app");

        assertThat(Catalog.layouts(connection, List.of(table("public.t", raw("c")))))
                .as("as superuser")
                .hasSize(1);
        execute("SET LOCAL ROLE app");
        assertThat(problems(table("public.t", raw("c"))))
                .singleElement()
                .asString()
                .contains("row-level security");
    }

    private List<SchemaException.Problem> problems(Migration.Table... tables) {
        SchemaException e =
                catchThrowableOfType(SchemaException.class, () -> Catalog.layouts(connection, List.of(tables)));
        assertThat(e).isNotNull().hasMessageContaining("database postgres does not fit the migration");
        e.problems().forEach(problem -> assertThat(e).hasMessageContaining(problem.toString()));
        return e.problems();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Migration.Table table(String name, Migration.Column... columns) {
        return new Migration.Table(TableName.parse(name), List.of(columns));
    }

    private static Migration.Column raw(String name, String... context) {
        return new Migration.Column(name, Encoding.RAW, template(context));
    }

    private static Migration.Column text(String name, String... context) {
        return new Migration.Column(name, Encoding.BASE64, template(context));
    }

    private static ContextTemplate template(String... context) {
        return context.length == 0 ? ContextTemplate.NONE : ContextTemplate.parse(Map.of("context", context[0]));
    }

    private static Map<String, TableLayout.Column> columns(String... namesAndTypes) {
        Map<String, TableLayout.Column> columns = new HashMap<>();
        for (int i = 0; i < namesAndTypes.length; i += 2) {
            columns.put(namesAndTypes[i], new TableLayout.Column(namesAndTypes[i], namesAndTypes[i + 1]));
        }
        return columns;
    }
}
