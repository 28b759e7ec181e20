package io.keyferry.model;

import static java.util.Objects.requireNonNull;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table as PostgreSQL's catalog spells it, unquoted: {@code public.customers}, {@code Sales."Order.Lines"}. */
public record TableName(String schema, String table) implements Comparable<TableName> {

    private static final String PART = "(?:\"((?:[^\"]|\"\")+)\"|([^\".\\s]+))";
    private static final Pattern QUALIFIED = Pattern.compile(PART + "\\." + PART);

    public TableName {
        requireNonNull(schema, "schema");
        requireNonNull(table, "table");
    }

    /**
     * Reads {@code schema.table}. A part holding a dot or a space is written in double quotes; letters keep their case,
     * quoted or not, because this names the catalog's entry and is no SQL.
     *
     * @throws IllegalArgumentException where the text is no qualified name
     */
    public static TableName parse(String text) {
        Matcher matcher = QUALIFIED.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not schema.table");
        }
        return new TableName(part(matcher, 1), part(matcher, 3));
    }

    private static String part(Matcher matcher, int group) {
        String quoted = matcher.group(group);
        return quoted == null ? matcher.group(group + 1) : quoted.replace("\"\"", "\"");
    }

    /** The name as SQL, both parts quoted. */
    public String quoted() {
        return quote(schema) + "." + quote(table);
    }

    /** An identifier as SQL, quoted whatever it holds. */
    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** What {@link #parse} reads back: quoted only where it must be. */
    @Override
    public String toString() {
        return plain(schema) + "." + plain(table);
    }

    private static String plain(String part) {
        return part.matches("[^\".\\s]+") ? part : quote(part);
    }

    @Override
    public int compareTo(TableName other) {
        int bySchema = schema.compareTo(other.schema);
        return bySchema != 0 ? bySchema : table.compareTo(other.table);
    }
}
