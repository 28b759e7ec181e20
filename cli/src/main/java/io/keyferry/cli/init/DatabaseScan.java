package io.keyferry.cli.init;

import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at a few values of every column that can hold ciphertext, in a session that cannot write. */
public final class DatabaseScan {

    /** So many values of a column, at the most, are looked at. */
    public static final int VALUES = 200;

    private static final int ASKED = 5;
    /** No ciphertext is longer in any encoding; what is longer is not fetched. */
    private static final int LONGEST = 16_384;

    private static final String COLUMNS = """
            SELECT n.nspname, c.relname, a.attname, t.typname
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid AND t.typname IN ('bytea', 'text', 'varchar')
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
            AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
            AND (?::text IS NULL OR n.nspname = ?)
            ORDER BY 1, 2, a.attnum""";

    private final Connection connection;
    private final Map<String, ContextTemplate> contexts;
    private final List<String> unread = new ArrayList<>();

    /** @param contexts by {@code schema.table.column}: the columns that they are made from are read too */
    public DatabaseScan(Connection connection, Map<String, ContextTemplate> contexts) {
        this.connection = connection;
        this.contexts = contexts;
    }

    private record Candidate(TableName table, String column, boolean bytea) {}

    /**
     * The columns that hold ciphertext.
     *
     * @param schema null for all
     * @param only these tables; all of them where none is named
     */
    public List<FoundColumn> columns(String schema, List<TableName> only) throws SQLException {
        try (Statement session = connection.createStatement()) {
            session.execute("SET default_transaction_read_only = on");
            session.execute("SET statement_timeout = '10s'");
            session.execute("SET lock_timeout = '2s'");
            session.execute("SET bytea_output = hex");
            session.execute("SET datestyle = ISO");
        }
        List<FoundColumn> found = new ArrayList<>();
        for (Candidate candidate : candidates(schema)) {
            if (only.isEmpty() || only.contains(candidate.table())) {
                sample(candidate).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Columns that could not be looked at, each with the reason. */
    public List<String> unread() {
        return List.copyOf(unread);
    }

    private List<Candidate> candidates(String schema) throws SQLException {
        List<Candidate> candidates = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
            query.setString(1, schema);
            query.setString(2, schema);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    candidates.add(new Candidate(
                            new TableName(rows.getString(1), rows.getString(2)),
                            rows.getString(3),
                            rows.getString(4).equals("bytea")));
                }
            }
        }
        return candidates;
    }

    private Optional<FoundColumn> sample(Candidate candidate) {
        String name = TableName.quote(candidate.column());
        List<String> context =
                List.copyOf(contexts.getOrDefault(candidate.table() + "." + candidate.column(), ContextTemplate.NONE)
                        .columns());
        StringBuilder sql = new StringBuilder(
                "SELECT CASE WHEN octet_length(" + name + ") <= " + LONGEST + " THEN " + name + "::text ELSE '' END");
        for (String column : context) {
            String quoted = TableName.quote(column);
            sql.append(", CASE WHEN " + quoted + " IS NOT NULL THEN format('%s', " + quoted + ") END");
        }
        sql.append(" FROM " + candidate.table().quoted() + " WHERE " + name + " IS NOT NULL LIMIT " + VALUES);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql.toString())) {
            return tally(candidate, context, rows);
        } catch (SQLException e) {
            unread.add(candidate.table() + "." + candidate.column() + ": SQLSTATE " + e.getSQLState());
            return Optional.empty();
        }
    }

    private static Optional<FoundColumn> tally(Candidate candidate, List<String> context, ResultSet rows)
            throws SQLException {
        Map<Encoding, List<FoundColumn.SampledRow>> kms = new HashMap<>();
        int sampled = 0;
        int sdk = 0;
        while (rows.next()) {
            sampled++;
            String stored = rows.getString(1);
            Optional<Recognition.Found> found = Recognition.of(stored, candidate.bytea());
            if (found.isPresent() && found.get().kind() == Recognition.Kind.KMS) {
                Map<String, String> columns = new HashMap<>();
                for (int i = 0; i < context.size(); i++) {
                    columns.put(context.get(i), rows.getString(i + 2));
                }
                kms.computeIfAbsent(found.get().encoding(), any -> new ArrayList<>())
                        .add(new FoundColumn.SampledRow(stored, columns));
            } else if (found.isPresent()) {
                sdk++;
            }
        }
        if (kms.isEmpty() && sdk == 0) {
            return Optional.empty();
        }
        Encoding encoding = kms.entrySet().stream()
                .max((one, other) ->
                        Integer.compare(one.getValue().size(), other.getValue().size()))
                .map(Map.Entry::getKey)
                .orElse(Encoding.RAW);
        List<FoundColumn.SampledRow> seen = kms.getOrDefault(encoding, List.of());
        return Optional.of(new FoundColumn(
                candidate.table(),
                candidate.column(),
                encoding,
                seen.size(),
                kms.values().stream().mapToInt(List::size).sum() - seen.size(),
                sdk,
                sampled,
                asked(seen, encoding)));
    }

    /** Of each key's values one first, as far as their headers tell. */
    private static List<FoundColumn.SampledRow> asked(List<FoundColumn.SampledRow> seen, Encoding encoding) {
        Set<FoundColumn.SampledRow> chosen = new LinkedHashSet<>();
        Set<Optional<String>> headers = new HashSet<>();
        seen.stream()
                .filter(row -> headers.add(CiphertextHeader.identifier(encoding.decode(row.stored()))))
                .forEach(chosen::add);
        chosen.addAll(seen);
        return chosen.stream().limit(ASKED).toList();
    }
}
