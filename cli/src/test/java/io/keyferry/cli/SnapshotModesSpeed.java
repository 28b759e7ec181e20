package io.keyferry.cli;

import static org.awaitility.Awaitility.await;

import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.EncryptedColumn;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.Stage;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.Sandbox;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Prints, for each way to read the rows that are there already, how long a table takes under a live application, how long
 * the application's own writes wait meanwhile, and how long the longest transaction was open. No part of the normal
 * tests; docs/decisions/0011-which-snapshot.md has the command.
 */
class SnapshotModesSpeed {

    private static final int ROWS = Integer.getInteger("speed.rows", 20_000);
    private static final int WRITES_A_SECOND = Integer.getInteger("speed.writes", 500);
    private static final int REQUESTS_A_SECOND = Integer.getInteger("speed.requests", 2_000);
    private static final String[] MODES =
            System.getProperty("speed.modes", "sweep,incremental,initial").split(",");

    private Sandbox sandbox;

    @Test
    void measure() throws Exception {
        System.out.printf(
                "%d rows with a value each, %d live writes/s, %d KMS requests/s at the most%n",
                ROWS, WRITES_A_SECOND, REQUESTS_A_SECOND);
        // what is measured first must not pay for the compiling
        measure(SnapshotMode.SWEEP, ROWS / 4, "warming up");
        for (String word : MODES) {
            measure(SnapshotMode.of(word).orElseThrow(), ROWS, word);
        }
    }

    private void measure(SnapshotMode mode, int rows, String name) throws Exception {
        sandbox = Sandbox.start(null);
        try {
            measureIn(mode, rows, name);
        } finally {
            sandbox.close();
        }
    }

    private void measureIn(SnapshotMode mode, int rows, String name) throws Exception {
        new DemoTable(sandbox.postgres()::connect, this::encrypt).create();
        new DemoTable(sandbox.postgres()::connect, this::encrypt).fill(rows);
        sql("CREATE TABLE before AS SELECT id, ssn_encrypted AS ssn FROM customers", "ANALYZE");
        EncryptedColumn ssn = EncryptedColumn.SSN;
        Migration.Column column =
                new Migration.Column(ssn.column(), ssn.encoding(), ContextTemplate.parse(ssn.contextTexts()));
        List<Migration.Table> tables = List.of(new Migration.Table(TableName.parse(DemoTable.NAME), List.of(column)));
        try (StagesInProcess stages = new StagesInProcess(sandbox, "speed", mode, REQUESTS_A_SECOND, tables);
                LiveLatency live = new LiveLatency(sandbox.postgres()::connect, this::encrypt, WRITES_A_SECOND, rows)) {
            live.start();
            long begun = System.nanoTime();
            List<Stage> started = List.of(stages.snapshot(), stages.streamProcessor(), stages.sink());
            await().atMost(Duration.ofMinutes(15))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> ask("SELECT NOT EXISTS (SELECT 1 FROM before b JOIN customers c USING (id)"
                                    + " WHERE c.ssn_encrypted = b.ssn)")
                            .equals("t"));
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            LiveLatency.Figures figures = live.stop();
            System.out.printf(
                    "%-12s all rows in %5.1f s; live writes %d (%.0f/s), p50 %,6d ms, p99 %,6d ms, max %,6d ms;"
                            + " longest transaction %5.1f s; load average %.1f%n",
                    name,
                    took.toMillis() / 1000.0,
                    figures.writes(),
                    figures.writes() / (took.toMillis() / 1000.0),
                    figures.millis(0.5),
                    figures.millis(0.99),
                    figures.millis(1),
                    figures.longestTransaction().toMillis() / 1000.0,
                    ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
            started.forEach(Stage::close);
        }
    }

    private byte[] encrypt(byte[] plaintext, Map<String, String> context) {
        return sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context);
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }
}
