package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.database.Database;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.model.pace.Cause;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sink slows down while the database suffers, and says for what. */
class PaceIT {

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static Migration.Limits slotWal(long bytes) {
        return new Migration.Limits(Optional.empty(), OptionalLong.of(bytes), OptionalLong.empty(), Optional.empty());
    }

    private static Migration.Limits lockWaits(long sessions) {
        return new Migration.Limits(
                Optional.empty(), OptionalLong.empty(), OptionalLong.of(sessions), Optional.empty());
    }

    private static Migration.Limits replicaLag(Duration lag) {
        return new Migration.Limits(Optional.of(lag), OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
    }

    private static Migration with(Migration.Limits limits, Migration of) {
        return new Migration(
                of.name(),
                of.database(),
                of.keys(),
                of.kafka(),
                of.snapshot(),
                of.tables(),
                of.maxDeadLetters(),
                of.http(),
                of.changes(),
                limits,
                of.verifyBeforeWrite(),
                of.retirement());
    }

    private static OptionalDouble value(DatabaseSignals signals, Connection connection, Cause cause)
            throws SQLException {
        return signals.read(connection).stream()
                .filter(signal -> signal.cause() == cause)
                .mapToDouble(Signal::value)
                .findAny();
    }

    @Test
    void seesTheApplicationsSessionsThatWaitForALockOfTheSinksAndNoOthers() throws Exception {
        TableName table = fixture.customers("locked", 2);
        DatabaseSignals signals =
                new DatabaseSignals(with(lockWaits(5), fixture.customersMigration("locks-are-seen", table)));
        Database database = fixture.database();
        try (Connection watch = database.connect("pace");
                Connection sink = database.connect("sink");
                Connection other = fixture.connect();
                Connection waiting = fixture.connect();
                Connection alsoWaiting = fixture.connect()) {
            signals.settle(watch);
            assertThat(value(signals, watch, Cause.LOCK_WAITS)).hasValue(0);

            lockRow(sink, table, 1);
            lockRow(other, table, 2);
            Thread one = new Thread(() -> update(waiting, table, 1));
            Thread two = new Thread(() -> update(alsoWaiting, table, 2));
            one.start();
            two.start();
            await().until(() -> fixture.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    .equals("2"));

            assertThat(value(signals, watch, Cause.LOCK_WAITS))
                    .as("of the two that wait, one waits for the sink")
                    .hasValue(1);
            sink.rollback();
            one.join();
            assertThat(value(signals, watch, Cause.LOCK_WAITS)).hasValue(0);
            other.rollback();
            two.join();
        }
    }

    private static void lockRow(Connection connection, TableName table, int id) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE " + table.quoted() + " SET tenant = tenant WHERE id = " + id);
        }
    }

    private static void update(Connection connection, TableName table, int id) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE " + table.quoted() + " SET tenant = tenant WHERE id = " + id);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What stands in for Aurora's function is one of the same name and columns. */
    @Test
    void readsTheLagOfAurorasReplicasWhereThereIsItsFunction() throws Exception {
        DatabaseSignals signals = new DatabaseSignals(with(
                replicaLag(Duration.ofSeconds(10)),
                fixture.customersMigration("aurora", fixture.customers("aurora", 0))));
        try (Connection watch = fixture.database().connect("pace")) {
            assertThat(value(signals, watch, Cause.REPLICA_LAG)).hasValue(0);

            fixture.sql("CREATE FUNCTION aurora_replica_status(OUT session_id text, OUT replica_lag_in_msec float8)"
                    + " RETURNS SETOF record LANGUAGE sql AS $$ VALUES ('MASTER_SESSION_ID', 99999::float8),"
                    + " ('b', 12000), ('c', 40) $$");
            try {
                assertThat(value(signals, watch, Cause.REPLICA_LAG)).hasValue(12_000);
            } finally {
                fixture.sql("DROP FUNCTION aurora_replica_status");
            }
        }
    }

    @Test
    void leavesOutWhatItsRoleMayNotRead() throws Exception {
        TableName table = fixture.customers("unprivileged", 0);
        Migration migration = with(Migration.Limits.DEFAULT, fixture.customersMigration("unprivileged", table));
        fixture.sql(
                "CREATE FUNCTION aurora_replica_status(OUT session_id text, OUT replica_lag_in_msec float8)"
                        + " RETURNS SETOF record LANGUAGE sql AS $$ VALUES ('b', 12000::float8) $$",
                "REVOKE ALL ON FUNCTION aurora_replica_status FROM PUBLIC");
        try (Connection watch = fixture.as("unprivileged", table).connect("pace")) {
            assertThat(new DatabaseSignals(migration).read(watch))
                    .extracting(Signal::cause)
                    .containsExactly(Cause.LOCK_WAITS);
        } finally {
            fixture.sql("DROP FUNCTION aurora_replica_status");
        }
    }

    @Test
    void retainedWalSlowsTheSinksWhichSaySoShareTheWorkAndAreFastAgainWhenItIsGone() throws Exception {
        int rows = 600;
        TableName table = fixture.customers("retained", rows);
        Migration migration = with(slotWal(1 << 20), fixture.customersMigration("retained", table));
        String slot = migration.slot();
        fixture.sql("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        try (SinkStage one = fixture.stage(migration);
                SinkStage other = fixture.stage(migration)) {
            fixture.sql("SELECT pg_logical_emit_message(false, 'test', repeat('x', 4000000))");
            one.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> one.limit().isPresent());
            assertThat(one.limit().orElseThrow())
                    .matches("WAL retained for the replication slot [3-9][.0-9]* MB \\(at most 1 MB\\): \\d+ rows/s");
            fixture.journal(migration, Rewrites.ssns(table, rows));
            await().atMost(Duration.ofSeconds(20)).until(() -> rewritten(table) > 0);

            // takes partitions of which the first has records in hand
            other.start();
            fixture.awaitMembers(migration, 2);
            assertThat(rewritten(table)).as("at no more than 70 rows/s").isLessThan(rows);
            assertThat(one.health().ready()).isTrue();
            fixture.sql("SELECT pg_drop_replication_slot('" + slot + "')");
            long before = rewritten(table);

            fixture.awaitApplied(migration);
            assertThat(before).isLessThan(rows);
            assertThat(rewritten(table)).isEqualTo(rows);
            assertThat(fixture.counts(migration, "ssn"))
                    .as("counted once each, although what was in hand was read again")
                    .isEqualTo(SinkFixture.outcomes(rows, 0));
            await().atMost(Duration.ofSeconds(20)).until(() -> one.limit().isEmpty());
        } finally {
            fixture.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                    + slot + "'");
        }
    }

    private static long rewritten(TableName table) throws SQLException {
        return Long.parseLong(fixture.text(
                "SELECT count(*) FROM " + table.quoted() + " WHERE get_byte(decode(ssn, 'base64'), 5) = 122"));
    }
}
