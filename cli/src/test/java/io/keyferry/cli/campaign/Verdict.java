package io.keyferry.cli.campaign;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Holds the tables against the application's record: every value, decrypted in the second Region. */
final class Verdict {

    private final Ledger ledger;
    private final List<String> lost = new ArrayList<>();
    private final List<String> stale = new ArrayList<>();

    private record Stored(RowKey key, Encrypted column, String text) {}

    /** @param connection to the tables, which nobody writes to any more */
    Verdict(Ledger ledger, Connection connection, ReplicaKms kms) throws SQLException {
        this.ledger = ledger;
        Map<RowKey, Map<Encrypted, String>> expected = ledger.rows();
        Map<Stored, CompletableFuture<Optional<String>>> plaintexts = new HashMap<>();
        Map<RowKey, Map<Encrypted, String>> found = read(connection);
        found.forEach((key, row) -> row.forEach((column, text) -> {
            if (!column.encoding().isEmpty(text)) {
                plaintexts.put(
                        new Stored(key, column, text),
                        kms.decrypt(column.encoding().decode(text), column.context(key)));
            }
        }));
        found.keySet().stream()
                .filter(key -> !expected.containsKey(key))
                .forEach(key -> stale.add(key + " was deleted, and is there"));
        expected.forEach((key, row) -> {
            if (found.containsKey(key)) {
                row.forEach((column, last) ->
                        judge(key, column, last, found.get(key).get(column), plaintexts));
            } else {
                lost.add(key.toString());
            }
        });
    }

    private void judge(
            RowKey key,
            Encrypted column,
            String last,
            String text,
            Map<Stored, CompletableFuture<Optional<String>>> plaintexts) {
        String value = column.column() + " of " + key;
        if (column.encoding().isEmpty(text)) {
            boolean same = text == null ? last == null : last != null && last.isEmpty();
            if (!same) {
                lost.add(value + " is empty");
            }
            return;
        }
        Optional<String> plaintext =
                plaintexts.get(new Stored(key, column, text)).join();
        if (plaintext.isEmpty()) {
            lost.add(value + " does not decrypt in the second Region");
        } else if (!plaintext.get().equals(last)) {
            (ledger.wasWritten(plaintext.get()) ? stale : lost).add(value + " is not what was written last");
        }
    }

    /** Committed values that are not there, or that nobody can read. */
    List<String> lost() {
        return lost;
    }

    /** What had been overwritten or deleted, and is there again. */
    List<String> stale() {
        return stale;
    }

    private static Map<RowKey, Map<Encrypted, String>> read(Connection connection) throws SQLException {
        Map<RowKey, Map<Encrypted, String>> rows = new HashMap<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT id, ssn, card::text FROM public.customers")) {
                while (row.next()) {
                    Map<Encrypted, String> values = new EnumMap<>(Encrypted.class);
                    values.put(Encrypted.SSN, row.getString(2));
                    values.put(Encrypted.CARD, row.getString(3));
                    rows.put(RowKey.customer(row.getLong(1)), values);
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT tenant, no, body FROM \"Vault\".notes")) {
                while (row.next()) {
                    Map<Encrypted, String> values = new EnumMap<>(Encrypted.class);
                    values.put(Encrypted.BODY, row.getString(3));
                    rows.put(RowKey.note(row.getString(1), row.getInt(2)), values);
                }
            }
        }
        return rows;
    }
}
