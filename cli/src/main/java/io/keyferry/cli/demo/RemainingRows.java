package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;

/** Looks for rows that are not migrated yet, and no further than to the first one. Runs on the caller's thread. */
public final class RemainingRows {

    private static final int ROWS_AT_ONCE = 200;

    private final DemoDatabase database;
    private final KmsAccess secondRegion;
    private final DemoKeys keys;

    public RemainingRows(DemoDatabase database, KmsAccess secondRegion, DemoKeys keys) {
        this.database = database;
        this.secondRegion = secondRegion;
        this.keys = keys;
    }

    /** The first row from this id on with a value under another key than the target key. */
    public OptionalLong first(long from) {
        try (DemoKms kms = new DemoKms(secondRegion, 2 * ROWS_AT_ONCE);
                Connection connection = database.connect()) {
            long next = from;
            while (true) {
                List<Decryption> calls = decrypting(connection, kms, next);
                // all of them, so that none is under way any more when the client is closed
                OptionalLong first = calls.stream()
                        .filter(Decryption::isUnderAnotherKey)
                        .mapToLong(Decryption::id)
                        .min();
                if (first.isPresent()) {
                    return first;
                }
                if (calls.isEmpty()) {
                    return OptionalLong.empty();
                }
                next = calls.get(calls.size() - 1).id + 1;
            }
        } catch (SQLException e) {
            throw new DemoException("The table " + DemoTable.NAME + " cannot be read: " + e.getMessage(), e);
        }
    }

    private record Decryption(long id, CompletableFuture<String> text) {

        /** Whatever else is wrong with a value is for the proof to tell. */
        boolean isUnderAnotherKey() {
            try {
                text.join();
                return false;
            } catch (CompletionException e) {
                return e.getCause() instanceof IncorrectKeyException;
            }
        }
    }

    private List<Decryption> decrypting(Connection connection, DemoKms kms, long from) throws SQLException {
        List<Decryption> calls = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT id, ssn_encrypted, card::text AS card FROM " + DemoTable.NAME
                        + " WHERE id >= ? ORDER BY id LIMIT " + ROWS_AT_ONCE)) {
            statement.setLong(1, from);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    long id = rows.getLong("id");
                    for (EncryptedColumn column : EncryptedColumn.values()) {
                        calls.add(new Decryption(id, decrypting(kms, id, column, rows.getString(column.column()))));
                    }
                }
            }
        }
        return calls;
    }

    private CompletableFuture<String> decrypting(DemoKms kms, long id, EncryptedColumn column, String stored) {
        try {
            return stored == null
                    ? CompletableFuture.completedFuture("")
                    : kms.decryptUnder(keys.replica(), column.encoding().decode(stored), column.context(id));
        } catch (IllegalArgumentException notEncoded) {
            return CompletableFuture.failedFuture(notEncoded);
        }
    }
}
