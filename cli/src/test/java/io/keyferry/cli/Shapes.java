package io.keyferry.cli;

import java.util.ArrayList;
import java.util.List;

/** The shapes of tables that are migrated. */
final class Shapes {

    static final int TABLES_OF_ONE_SCHEMA = 100;
    static final String BY_A_CHANGING_KEY = "public.changing_key";
    /** Base64 of ciphertext of 16 bytes. */
    private static final int EXACTLY = 224;

    private Shapes() {}

    /** What must be there before any of the tables. */
    static final List<String> DDL = List.of(
            "CREATE SCHEMA ext",
            "CREATE EXTENSION citext SCHEMA ext",
            "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "CREATE DOMAIN ciphertext AS text CHECK (VALUE <> '')",
            "CREATE DOMAIN short_ciphertext AS varchar(" + EXACTLY + ")",
            "CREATE DOMAIN day AS date",
            "CREATE SCHEMA \"Größe, 1\"",
            "CREATE SCHEMA \"größe, 1\"",
            "CREATE SCHEMA many",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    + " NEW.version = OLD.version + 1; NEW.touched = clock_timestamp(); RETURN NEW; END $$");

    private static Shape secret(String name, String table, String keyColumns, String key) {
        return Shape.of(name, table)
                .ddl("CREATE TABLE $T (" + keyColumns + ", tag text, secret text, PRIMARY KEY (" + key + "))");
    }

    static List<Shape> all() {
        List<Shape> shapes = new ArrayList<>();
        keys(shapes);
        identities(shapes);
        columns(shapes);
        contents(shapes);
        for (int i = 1; i <= TABLES_OF_ONE_SCHEMA; i++) {
            shapes.add(secret("table " + i + " of a hundred", "many.t" + i, "id bigint", "id")
                    .keys("id", "1", "2", "3")
                    .encrypted("secret", "base64", "id", "{id}"));
        }
        return shapes;
    }

    private static void keys(List<Shape> shapes) {
        shapes.add(secret("a bigint identity key", "public.identity", "id bigint GENERATED ALWAYS AS IDENTITY", "id")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a composite key", "public.composite", "line int, tenant text", "tenant, line")
                .keys("tenant, line", "'a', 1", "'a', 2", "'b', 1")
                .encrypted("secret", "base64url", "row", "{tenant}/{line}"));
        shapes.add(secret("a uuid key", "public.by_uuid", "id uuid DEFAULT gen_random_uuid()", "id")
                .encrypted("secret", "hex", "id", "{id}"));
        shapes.add(secret("a text key of any content", "public.by_text", "id text", "id")
                .keys("id", "E'it''s \"so\"\\n\\\\{NULL}'", "''", "'ü€𝄞, '")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a numeric key", "public.by_numeric", "id numeric", "id")
                .keys("id", "'Infinity'", "1.50", "'NaN'")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a date key", "public.by_date", "id date", "id")
                .keys("id", "'infinity'", "'0044-03-15 BC'", "'-infinity'")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a date key, the other way round", "public.by_other_date", "id day", "id")
                .keys("id", "'12345-01-02'", "'-infinity'", "'infinity'")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a timestamptz key", "public.by_timestamptz", "id timestamptz", "id")
                .keys("id", "'infinity'", "'-infinity'", "'0044-03-15 01:02:03.25+02 BC'")
                .encrypted("secret", "base64"));
        shapes.add(secret("a timestamptz key, the other way round", "public.by_other_time", "id timestamptz", "id")
                .keys("id", "'2026-01-02 03:04:05.678901+02'", "'0044-03-15 01:02:03+00 BC'", "'infinity'")
                .encrypted("secret", "base64"));
        shapes.add(secret("a timestamp key", "public.by_timestamp", "id timestamp", "id")
                .keys("id", "'-infinity'", "'infinity'", "'12345-01-02 03:04:05.1'")
                .encrypted("secret", "base64"));
        shapes.add(secret("a time key", "public.by_time", "id time", "id")
                .keys("id", "'24:00'", "'00:00'", "'12:34:56.7'")
                .encrypted("secret", "base64"));
        shapes.add(secret("a char(n) key", "public.by_char", "id char(8)", "id")
                .keys("id", "'a'", "''", "'b c'")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("a citext key whose case changes", "public.by_citext", "id ext.citext", "id")
                .keys("id", "'Ann'", "'Bob'", "'Cid'")
                .encrypted("secret", "base64")
                .live("UPDATE $T SET id = 'BOB' WHERE id = 'Bob'"));
        shapes.add(secret(
                        "a key under a nondeterministic collation",
                        "public.by_caseless",
                        "id text COLLATE caseless",
                        "id")
                .keys("id", "'Ann'", "'Bob'", "'Cid'")
                .encrypted("secret", "base64")
                .live("UPDATE $T SET id = 'BOB' WHERE id = 'Bob'"));
        shapes.add(secret("a primary key that changes", BY_A_CHANGING_KEY, "id int", "id")
                .ddl("ALTER TABLE $T ALTER COLUMN secret SET STORAGE EXTERNAL")
                .keys("id", "1", "2", "3")
                .plaintexts(4096)
                .encrypted("secret", "base64")
                .live("UPDATE $T SET id = 1000 WHERE id = 2"));
    }

    private static void identities(List<Shape> shapes) {
        shapes.add(Shape.of("no primary key, but a unique index", "public.by_index")
                .ddl(
                        "CREATE TABLE $T (\"Order No\" int NOT NULL, tag text, \"line,no\" int NOT NULL, secret text)",
                        "CREATE UNIQUE INDEX \"By order\" ON $T (\"line,no\", \"Order No\")",
                        "ALTER TABLE $T REPLICA IDENTITY USING INDEX \"By order\"")
                .rowKey("By order")
                .keys("\"Order No\", \"line,no\"", "1, 1", "1, 2", "2, 1")
                .encrypted("secret", "base64", "row", "{Order No}/{line,no}")
                .live(
                        "UPDATE $T SET \"Order No\" = 9 WHERE \"line,no\" = 2",
                        "UPDATE $T SET \"Order No\" = 1 WHERE \"line,no\" = 2"));
        shapes.add(Shape.of("no primary key, and REPLICA IDENTITY FULL", "public.by_index_full")
                .ddl(
                        "CREATE TABLE $T (id int NOT NULL CONSTRAINT by_number UNIQUE, tag text, secret text)",
                        "ALTER TABLE $T REPLICA IDENTITY FULL")
                .rowKey("by_number")
                .keys("id", "1", "2", "3")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("REPLICA IDENTITY FULL", "public.full_identity", "id int", "id")
                .ddl("ALTER TABLE $T REPLICA IDENTITY FULL")
                .keys("id", "1", "2", "3")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(Shape.of("partitions", "public.parted")
                .ddl(
                        "CREATE TABLE $T (id int, day date, tag text, secret text, PRIMARY KEY (id, day))"
                                + " PARTITION BY RANGE (day)",
                        "CREATE TABLE parted_2025 PARTITION OF $T FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
                        "CREATE TABLE parted_2026 PARTITION OF $T FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                        "CREATE TABLE parted_rest PARTITION OF $T DEFAULT")
                .keys("id, day", "1, '2025-05-01'", "2, '2025-06-01'", "3, '2030-01-01'")
                .encrypted("secret", "base64", "id", "{id}")
                .live("UPDATE $T SET day = '2026-06-01' WHERE id = 2"));
        shapes.add(Shape.of("names of any kind", "\"Größe, 1\".\"Kunden.Liste\"")
                .ddl("CREATE TABLE $T (\"Kunde: Nr\" int PRIMARY KEY, tag text, \"Geheim \"\"Wert\"\" ß\" text)")
                .keys("\"Kunde: Nr\"", "1", "2", "3")
                .encrypted("Geheim \"Wert\" ß", "base64", "Nr", "{Kunde: Nr}"));
        shapes.add(Shape.of("the same name in other letters", "\"größe, 1\".\"kunden.liste\"")
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, \"Secret text\" text, secret text)")
                .keys("id", "1", "2", "3")
                .encrypted("secret", "base64", "id", "{id}"));
        shapes.add(secret("row-level security, as a role that it does not bind", "public.secured", "id int", "id")
                .ddl("ALTER TABLE $T ENABLE ROW LEVEL SECURITY", "ALTER TABLE $T FORCE ROW LEVEL SECURITY")
                .keys("id", "1", "2", "3")
                .encrypted("secret", "base64", "id", "{id}"));
    }

    private static Shape column(String name, String table, String secret) {
        return Shape.of(name, table)
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, secret " + secret + ")")
                .keys("id", "1", "2", "3")
                .encrypted("secret", "base64", "id", "{id}");
    }

    private static void columns(List<Shape> shapes) {
        shapes.add(column("varchar(n), filled", "public.in_varchar", "varchar(" + EXACTLY + ")"));
        shapes.add(column("char(n), filled", "public.in_char", "char(" + EXACTLY + ")"));
        shapes.add(column("char(n), not filled", "public.in_wide_char", "char(300)"));
        shapes.add(column("citext", "public.in_citext", "ext.citext"));
        shapes.add(column("a nondeterministic collation", "public.in_caseless", "text COLLATE caseless"));
        shapes.add(column("a domain", "public.in_domain", "ciphertext"));
        shapes.add(column("a domain of limited length", "public.in_short_domain", "short_ciphertext"));
        shapes.add(column("a unique index on the ciphertext", "public.in_unique", "text UNIQUE"));
        shapes.add(column(
                "a column generated from the ciphertext",
                "public.in_generated",
                "text, twin text GENERATED ALWAYS AS (md5(secret)) STORED"));
        shapes.add(column(
                        "a BEFORE UPDATE trigger that changes the row",
                        "public.in_triggered",
                        "text, version int DEFAULT 0, touched timestamptz")
                .ddl("CREATE TRIGGER touch BEFORE UPDATE ON $T FOR EACH ROW EXECUTE FUNCTION touch()"));
        Shape ten = Shape.of("ten encrypted columns", "public.ten")
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, c1 text, c2 text, c3 text, c4 varchar(300),"
                        + " c5 bytea, c6 bytea, c7 bytea, c8 text, c9 text, c10 text)")
                .keys("id", "1", "2", "3");
        for (int i = 1; i <= 10; i++) {
            String encoding = i >= 5 && i <= 7 ? "raw" : i == 8 ? "hex" : i == 9 ? "base64url" : "base64";
            ten.encrypted("c" + i, encoding, "column", "c" + i, "id", "{id}");
        }
        shapes.add(ten);
    }

    private static void contents(List<Shape> shapes) {
        shapes.add(column("values of the largest size", "public.large", "text, bytes bytea")
                .ddl("ALTER TABLE $T ALTER COLUMN secret SET STORAGE EXTERNAL, ALTER bytes SET STORAGE EXTERNAL")
                .encrypted("bytes", "raw")
                .plaintexts(4096));
        shapes.add(Shape.of("dates in the encryption context", "public.context_date")
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, secret text, day date)")
                .keys("id, day", "1, 'infinity'", "2, '0044-03-15 BC'", "3, '-infinity'")
                .encrypted("secret", "base64", "day", "{day}"));
        shapes.add(Shape.of("numbers in the encryption context", "public.context_numeric")
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, secret text, n numeric, m numeric(8, 3))")
                .keys("id, n, m", "1, 1.500, 12", "2, 'NaN', 0", "3, '-Infinity', 1.5")
                .encrypted("secret", "base64", "n", "{n}/{m}"));
        shapes.add(Shape.of("padded and caseless texts in the encryption context", "public.context_text")
                .ddl("CREATE TABLE $T (id int PRIMARY KEY, tag text, secret text, c char(5), d ext.citext, ok bool)")
                .keys("id, c, d, ok", "1, 'ab', 'X', true", "2, '', 'x', false", "3, 'a b', 'Xy', true")
                .encrypted("secret", "base64", "c", "{c}|{d}|{ok}"));
    }
}
