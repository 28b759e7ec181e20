package io.keyferry.cli.campaign;

import io.keyferry.model.Encoding;
import java.util.List;
import java.util.Map;

/** The encrypted columns of the campaign's two tables. */
enum Encrypted {
    /** Its context is the row key, so that a changed key comes with a new value. */
    SSN("public.customers", "ssn", Encoding.BASE64, ""),
    /** Often so large that PostgreSQL stores it out of line, and its context is the same for all rows. */
    CARD("public.customers", "card", Encoding.RAW, "::bytea"),
    BODY("\"Vault\".notes", "body", Encoding.HEX, "");

    private final String table;
    private final String column;
    private final Encoding encoding;
    private final String cast;

    Encrypted(String table, String column, Encoding encoding, String cast) {
        this.table = table;
        this.column = column;
        this.encoding = encoding;
        this.cast = cast;
    }

    static final List<String> TABLES = List.of(
            "CREATE TABLE public.customers (id bigint PRIMARY KEY, ssn text, card bytea, name text NOT NULL)",
            "ALTER TABLE public.customers ALTER card SET STORAGE EXTERNAL",
            "CREATE SCHEMA \"Vault\"",
            "CREATE TABLE \"Vault\".notes (tenant text COLLATE \"C\", no int, body varchar(20000), name text NOT NULL,"
                    + " PRIMARY KEY (tenant, no))",
            "ALTER TABLE \"Vault\".notes REPLICA IDENTITY FULL",
            "CREATE TABLE application_transactions (id uuid PRIMARY KEY)");

    /** The same for migration.yaml. */
    static final String YAML = """
            tables:
              - table: public.customers
                columns:
                  - column: ssn
                    encoding: base64
                    context: {customer_id: "{id}", purpose: ssn}
                  - column: card
                    encoding: raw
                    context: {purpose: card}
              - table: Vault.notes
                columns:
                  - column: body
                    encoding: hex
                    context: {tenant: "{tenant}"}
            """;

    String table() {
        return table;
    }

    String column() {
        return column;
    }

    Encoding encoding() {
        return encoding;
    }

    /** For a statement's parameter. */
    String parameter() {
        return "?" + cast;
    }

    static List<Encrypted> of(String table) {
        return List.of(values()).stream()
                .filter(value -> value.table.equals(table))
                .toList();
    }

    Map<String, String> context(RowKey key) {
        return switch (this) {
            case SSN -> Map.of("customer_id", key.parts().get(0).toString(), "purpose", "ssn");
            case CARD -> Map.of("purpose", "card");
            case BODY -> Map.of("tenant", key.parts().get(0).toString());
        };
    }
}
