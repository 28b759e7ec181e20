package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.services.kms.model.KmsException;

/**
 * Disables the source key, then decrypts every value of the table in the second Region and compares it with what the
 * application has committed last. The application must have stopped, unless its record is read by the same snapshot of
 * the database as the values. Runs on the caller's thread.
 */
public final class DemoProof {

    private static final int CALLS_IN_FLIGHT = 128;
    private static final int ROWS_AHEAD = 1000;
    private static final int ATTEMPTS = 10;

    private final DemoDatabase database;
    private final KmsAccess home;
    private final KmsAccess secondRegion;
    private final DemoKeys keys;

    /**
     * @param home of the Region of the source key
     * @param secondRegion of the Region of the replica
     */
    public DemoProof(DemoDatabase database, KmsAccess home, KmsAccess secondRegion, DemoKeys keys) {
        this.database = database;
        this.home = home;
        this.secondRegion = secondRegion;
        this.keys = keys;
    }

    public ProofFindings run(CommittedCustomers committed) {
        disableSourceKey();
        return look(connection -> committed);
    }

    /** Compares with the record in a seeded database, whatever state the source key is in. */
    public ProofFindings lookAtSeeded() {
        return look(CommittedTable::read);
    }

    public void disableSourceKey() {
        change("disabled", kms -> kms.disable(keys.source()));
    }

    public void enableSourceKey() {
        change("enabled", kms -> kms.enable(keys.source()));
    }

    private void change(String state, Function<DemoKms, CompletableFuture<?>> call) {
        try (DemoKms kms = new DemoKms(home, 1)) {
            call.apply(kms).join();
        } catch (CompletionException e) {
            throw new DemoException("The source key cannot be " + state + ": " + e.getCause(), e.getCause());
        }
    }

    /** What is read of the application's record by the transaction that reads the values too. */
    private interface Reading {

        CommittedCustomers read(Connection connection) throws SQLException;
    }

    private ProofFindings look(Reading reading) {
        try (DemoKms kms = new DemoKms(secondRegion, CALLS_IN_FLIGHT);
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            // one snapshot for values and record, which the application changes by one transaction
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            return compare(connection, kms, reading.read(connection));
        } catch (SQLException e) {
            throw new DemoException("The table " + DemoTable.NAME + " cannot be read: " + e.getMessage(), e);
        }
    }

    private ProofFindings compare(Connection connection, DemoKms kms, CommittedCustomers committed)
            throws SQLException {
        ProofTally tally = new ProofTally();
        Set<Long> missing = new HashSet<>(committed.ids());
        Deque<Row> ahead = new ArrayDeque<>();
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(ROWS_AHEAD);
            try (ResultSet rows = statement.executeQuery(
                    "SELECT id, ssn_encrypted, card::text AS card FROM " + DemoTable.NAME + " ORDER BY id")) {
                while (rows.next()) {
                    Row row = decrypting(kms, rows);
                    missing.remove(row.id);
                    ahead.add(row);
                    if (ahead.size() > ROWS_AHEAD) {
                        judge(ahead.remove(), committed, tally);
                    }
                }
            }
        }
        ahead.forEach(row -> judge(row, committed, tally));
        missing.stream().sorted().forEach(tally::missingRow);
        return tally.findings();
    }

    /** A stored value that is being decrypted; where the call fails it can be made again. */
    private record Value(
            EncryptedColumn column, Supplier<CompletableFuture<String>> call, CompletableFuture<String> text) {

        static Value start(EncryptedColumn column, Supplier<CompletableFuture<String>> call) {
            return new Value(column, call, call.get());
        }
    }

    private record Row(long id, Map<EncryptedColumn, Value> values) {}

    private Row decrypting(DemoKms kms, ResultSet result) throws SQLException {
        Row row = new Row(result.getLong("id"), new EnumMap<>(EncryptedColumn.class));
        for (EncryptedColumn column : EncryptedColumn.values()) {
            String stored = result.getString(column.column());
            if (stored != null) {
                row.values.put(column, Value.start(column, () -> decrypting(kms, row.id, column, stored)));
            }
        }
        return row;
    }

    private CompletableFuture<String> decrypting(DemoKms kms, long id, EncryptedColumn column, String stored) {
        try {
            return kms.decryptUnder(keys.replica(), column.encoding().decode(stored), column.context(id));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void judge(Row row, CommittedCustomers committed, ProofTally tally) {
        tally.row();
        Optional<Customer> written = committed.get(row.id);
        if (written.isEmpty()) {
            tally.extraRow(row.id);
        }
        for (EncryptedColumn column : EncryptedColumn.values()) {
            Optional<Value> value = Optional.ofNullable(row.values.get(column));
            value.ifPresent(v -> tally.value());
            Optional<String> text = value.flatMap(v -> decrypted(row.id, v, tally));
            boolean readable = value.isEmpty() || text.isPresent();
            if (readable && written.isPresent() && !written.get().of(column).equals(text.orElse(null))) {
                tally.lostWrite(row.id, column);
            }
        }
    }

    private static Optional<String> decrypted(long id, Value value, ProofTally tally) {
        CompletableFuture<String> text = value.text;
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.of(text.join());
            } catch (CompletionException e) {
                if (e.getCause() instanceof IllegalArgumentException) {
                    tally.undecryptable(
                            id, value.column, "not " + value.column.encoding().word(), false);
                    return Optional.empty();
                }
                if (e.getCause() instanceof KmsException refusal
                        && refusal.statusCode() < 500
                        && !refusal.isThrottlingException()) {
                    String code = refusal.awsErrorDetails().errorCode();
                    tally.undecryptable(id, value.column, code, code.equals("IncorrectKeyException"));
                    return Optional.empty();
                }
                if (attempt == ATTEMPTS) {
                    throw new DemoException("KMS in the second Region does not answer: " + e.getCause(), e.getCause());
                }
                text = value.call.get();
            }
        }
    }
}
