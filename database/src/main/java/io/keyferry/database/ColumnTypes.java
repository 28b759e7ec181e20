package io.keyferry.database;

import io.keyferry.model.Encoding;
import java.util.HashSet;
import java.util.Set;

/** Which column types can hold ciphertext, be part of a row key, or be part of an encryption context. */
final class ColumnTypes {

    private static final Set<String> TEXT = Set.of("text", "varchar", "bpchar");

    /** Change events give these exactly as PostgreSQL's text output, which is what the application put in. */
    private static final Set<String> CONTEXT = with(TEXT, "int2", "int4", "int8", "numeric", "uuid", "bool", "date");

    /** Change events give these as text that casts back to the same value. */
    private static final Set<String> ROW_KEY =
            with(CONTEXT, "timestamp", "timestamptz", "time", "bytea", "inet", "cidr", "macaddr");

    static final String CONTEXT_NAMES = "integers, numeric, text types, uuid, boolean, date and enums";
    static final String ROW_KEY_NAMES =
            CONTEXT_NAMES + ", timestamp with and without time zone, time, bytea, inet, cidr and macaddr";

    private ColumnTypes() {}

    static boolean canHold(Encoding encoding, CatalogColumn column) {
        return encoding == Encoding.RAW ? column.builtIn() && column.typeName().equals("bytea") : isText(column);
    }

    static boolean canBeContext(CatalogColumn column) {
        return isOneOf(CONTEXT, column);
    }

    static boolean canBeRowKey(CatalogColumn column) {
        return isOneOf(ROW_KEY, column);
    }

    private static boolean isOneOf(Set<String> names, CatalogColumn column) {
        return column.builtIn() ? names.contains(column.typeName()) : isText(column) || column.kind() == 'e';
    }

    private static boolean isText(CatalogColumn column) {
        // citext is an extension's, in whatever schema that was created
        return column.builtIn()
                ? TEXT.contains(column.typeName())
                : column.kind() == 'b' && column.typeName().equals("citext");
    }

    private static Set<String> with(Set<String> names, String... more) {
        Set<String> all = new HashSet<>(names);
        all.addAll(Set.of(more));
        return Set.copyOf(all);
    }
}
