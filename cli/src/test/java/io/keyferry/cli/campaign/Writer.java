package io.keyferry.cli.campaign;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * One of the application's connections, with rows that it alone writes: so there is one order of writes for each of them.
 * After an error nobody knows whether a transaction was committed, so each leaves a mark that is looked for once the
 * server has let go of its session.
 */
final class Writer implements Runnable {

    private static final int LARGE = 2600;
    private static final int RECENT = 12;

    private final int number;
    private final Site site;
    private final Ledger ledger;
    private final KeyChoice keys;
    private final BooleanSupplier stopping;
    private final SplittableRandom random;
    private final Map<RowKey, Map<Encrypted, String>> rows = new HashMap<>();
    /** The row written last comes last. */
    private final List<RowKey> order = new ArrayList<>();

    private long sequence;
    private Connection connection;
    private String session;

    /** What a transaction did so far: a row's new state, or null where it is deleted. */
    private Map<RowKey, Map<Encrypted, String>> pending;

    /** Which key the next value is encrypted under. */
    interface KeyChoice {
        String next(SplittableRandom random);
    }

    Writer(int number, Site site, Ledger ledger, KeyChoice keys, BooleanSupplier stopping, SplittableRandom random) {
        this.number = number;
        this.site = site;
        this.ledger = ledger;
        this.keys = keys;
        this.stopping = stopping;
        this.random = random;
    }

    @Override
    public void run() {
        try {
            while (!stopping.getAsBoolean()) {
                transaction();
                Thread.sleep(random.nextInt(10, 60));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
        }
    }

    /** One transaction, from its begin until it is known what became of it. */
    private void transaction() throws InterruptedException {
        UUID mark = UUID.randomUUID();
        pending = new HashMap<>();
        boolean commit = random.nextInt(100) >= 8;
        try {
            connect();
            work(mark);
            if (commit) {
                connection.commit();
            } else {
                connection.rollback();
            }
        } catch (SQLException e) {
            commit = wasCommitted(mark);
        }
        if (commit) {
            pending.forEach(this::committed);
        }
    }

    private void work(UUID mark) throws SQLException, InterruptedException {
        int statements = random.nextInt(1, 6);
        for (int i = 0; i < statements; i++) {
            write();
        }
        if (random.nextInt(100) < 15) {
            Map<RowKey, Map<Encrypted, String>> before = new HashMap<>(pending);
            Savepoint savepoint = connection.setSavepoint();
            write();
            write();
            if (random.nextBoolean()) {
                connection.rollback(savepoint);
                pending = before;
            } else {
                connection.releaseSavepoint(savepoint);
            }
        }
        execute("INSERT INTO application_transactions VALUES (?)", mark);
        if (random.nextInt(100) < 3) {
            // its rows stay locked, and all it wrote arrives late
            Thread.sleep(random.nextInt(500, 4000));
        }
    }

    private void committed(RowKey key, Map<Encrypted, String> row) {
        order.remove(key);
        if (row == null) {
            rows.remove(key);
        } else {
            rows.put(key, row);
            order.add(key);
        }
        ledger.committed(key, row);
    }

    private void write() throws SQLException {
        RowKey key = order.isEmpty() || random.nextInt(100) < 22 ? null : known();
        if (key == null || isGone(key)) {
            insert(newKey());
            return;
        }
        int dice = random.nextInt(100);
        if (dice < 8) {
            execute(
                    "DELETE FROM " + key.table() + " WHERE " + key.condition(),
                    key.parts().toArray());
            pending.put(key, null);
        } else if (dice < 18) {
            changeKey(key);
        } else if (dice < 32) {
            List<Object> parameters = new ArrayList<>(List.of("name " + sequence++));
            parameters.addAll(key.parts());
            execute("UPDATE " + key.table() + " SET name = ? WHERE " + key.condition(), parameters.toArray());
        } else {
            update(key);
        }
    }

    /** Any row, or one of the last written: those the migration is at work on. */
    private RowKey known() {
        int among = random.nextBoolean() ? Math.min(RECENT, order.size()) : order.size();
        return order.get(order.size() - 1 - random.nextInt(among));
    }

    private boolean isGone(RowKey key) {
        return pending.containsKey(key) && pending.get(key) == null;
    }

    private RowKey newKey() {
        sequence++;
        return random.nextInt(100) < 65
                ? RowKey.customer(number * 1_000_000L + sequence)
                : RowKey.note("Tenant Ä" + random.nextInt(5), number * 1_000_000 + (int) sequence);
    }

    private void insert(RowKey key) throws SQLException {
        Map<Encrypted, String> row = new EnumMap<>(Encrypted.class);
        List<String> columns = new ArrayList<>(key.columns());
        List<String> parameters =
                new ArrayList<>(key.columns().stream().map(column -> "?").toList());
        List<Object> values = new ArrayList<>(key.parts());
        columns.add("name");
        parameters.add("?");
        values.add("new");
        for (Encrypted column : Encrypted.of(key.table())) {
            row.put(column, plaintext(column));
            columns.add(column.column());
            parameters.add(column.parameter());
            values.add(stored(column, key, row.get(column)));
        }
        execute(
                "INSERT INTO " + key.table() + " (" + String.join(", ", columns) + ") VALUES ("
                        + String.join(", ", parameters) + ")",
                values.toArray());
        pending.put(key, row);
    }

    private void update(RowKey key) throws SQLException {
        Map<Encrypted, String> row = new EnumMap<>(pending.getOrDefault(key, rows.get(key)));
        List<Encrypted> columns = new ArrayList<>(Encrypted.of(key.table()));
        if (columns.size() > 1 && random.nextBoolean()) {
            columns.remove(random.nextInt(columns.size()));
        }
        columns.forEach(column -> row.put(column, plaintext(column)));
        set(key, key, row, columns);
    }

    /** The values whose context is the key are encrypted anew; the others stay as they are stored. */
    private void changeKey(RowKey key) throws SQLException {
        RowKey moved = newKey();
        if (!moved.table().equals(key.table())) {
            moved = key.columns().size() == 1
                    ? RowKey.customer(number * 1_000_000L + sequence)
                    : RowKey.note(key.parts().get(0).toString(), number * 1_000_000 + (int) sequence);
        }
        Map<Encrypted, String> row = new EnumMap<>(pending.getOrDefault(key, rows.get(key)));
        RowKey to = moved;
        List<Encrypted> bound = Encrypted.of(key.table()).stream()
                .filter(column -> !column.context(key).equals(column.context(to)))
                .toList();
        set(key, to, row, bound);
        pending.put(key, null);
        pending.put(to, row);
    }

    private void set(RowKey key, RowKey to, Map<Encrypted, String> row, List<Encrypted> columns) throws SQLException {
        List<String> assignments = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        if (!to.equals(key)) {
            to.columns().forEach(column -> assignments.add(column + " = ?"));
            values.addAll(to.parts());
        }
        for (Encrypted column : columns) {
            assignments.add(column.column() + " = " + column.parameter());
            values.add(stored(column, to, row.get(column)));
        }
        values.addAll(key.parts());
        execute(
                "UPDATE " + key.table() + " SET " + String.join(", ", assignments) + " WHERE " + key.condition(),
                values.toArray());
        pending.put(to, row);
    }

    /** One that is written once only; null and the empty value are among them. */
    private String plaintext(Encrypted column) {
        int dice = random.nextInt(100);
        if (dice < 4) {
            return dice < 2 ? null : "";
        }
        String text = column + " " + number + "-" + sequence++;
        return column == Encrypted.CARD && dice < 40 ? text + " ".repeat(LARGE) : text;
    }

    private String stored(Encrypted column, RowKey key, String plaintext) {
        if (plaintext == null || plaintext.isEmpty()) {
            return plaintext == null ? null : column == Encrypted.CARD ? "\\x" : "";
        }
        byte[] ciphertext = site.kms()
                .provisioning()
                .encrypt(
                        keys.next(random),
                        plaintext.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        column.context(key));
        return column.encoding().encode(ciphertext, "");
    }

    private void execute(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }

    // --- the connection

    private void connect() throws SQLException {
        if (connection == null) {
            session = "application-" + UUID.randomUUID();
            connection = site.connect(session);
            connection.setAutoCommit(false);
        }
    }

    private void disconnect() {
        Connection broken = connection;
        connection = null;
        if (broken != null) {
            try {
                broken.close();
            } catch (SQLException e) {
                connection = null;
            }
        }
    }

    /** Once no session of the transaction is left, its mark is there or never will be. */
    private boolean wasCommitted(UUID mark) throws InterruptedException {
        String lost = session;
        disconnect();
        while (true) {
            try {
                connect();
                if (lost == null || !asks("SELECT 1 FROM pg_stat_activity WHERE application_name = ?", lost)) {
                    return asks("SELECT 1 FROM application_transactions WHERE id = ?::uuid", mark.toString());
                }
            } catch (SQLException e) {
                disconnect();
            }
            Thread.sleep(100);
        }
    }

    private boolean asks(String query, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, parameter);
            boolean found = statement.executeQuery().next();
            connection.rollback();
            return found;
        }
    }

    /** For a new application's rows that are there before the migration begins. */
    void fill(Connection with, int rows) throws SQLException {
        connection = with;
        pending = new HashMap<>();
        try (Statement statement = with.createStatement()) {
            statement.execute("SET application_name = 'application-fill'");
        }
        for (int i = 0; i < rows; i++) {
            insert(newKey());
        }
        with.commit();
        pending.forEach(this::committed);
        connection = null;
    }
}
