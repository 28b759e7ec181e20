package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.sandbox.SandboxPostgres;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes with a replication origin that are not our own: filtering them out would lose them. */
@Timeout(240)
class ForeignOriginsIT {

    private static final int ROWS = 50;
    private static final Duration LONG = Duration.ofSeconds(120);

    private static PipelineBench bench;
    private static SandboxPostgres postgres;
    private static Place upstream;
    private static Place place;

    @BeforeAll
    static void start() throws SQLException {
        bench = new PipelineBench();
        postgres = SandboxPostgres.start(0, null);
        place = Place.of(postgres);
        place.sql("CREATE DATABASE upstream");
        upstream = Place.in(postgres, "upstream");
    }

    @AfterAll
    static void stop() {
        postgres.close();
        bench.close();
    }

    /** Origins are the whole server's, and another's slot keeps the sink from using one. */
    @AfterEach
    void dropOriginsAndSlots() throws SQLException {
        place.sql(
                "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()");
    }

    private static void tables(String table) throws SQLException {
        bench.createTable(upstream, table, 0);
        bench.createTable(place, table, ROWS);
        // within one server a subscription cannot make its own slot: it would wait for itself
        upstream.sql(
                "CREATE PUBLICATION " + table + " FOR TABLE " + table,
                "SELECT pg_create_logical_replication_slot('upstream_" + table + "', 'pgoutput')");
    }

    private static void subscribe(String table) throws SQLException {
        place.sql("CREATE SUBSCRIPTION " + table + " CONNECTION 'host=" + postgres.host() + " port=" + postgres.port()
                + " dbname=upstream user=" + postgres.user() + " password=" + postgres.password() + "' PUBLICATION "
                + table + " WITH (create_slot = false, copy_data = false, slot_name = 'upstream_" + table + "')");
    }

    private static void unsubscribe(String table) throws SQLException {
        place.sql(
                "ALTER SUBSCRIPTION " + table + " DISABLE",
                "ALTER SUBSCRIPTION " + table + " SET (slot_name = NONE)",
                "DROP SUBSCRIPTION " + table);
    }

    private static boolean hasCome(String name, String table, long id, String op) throws IOException {
        for (JsonNode change : bench.changes(name, table)) {
            if (change.path("op").asText().equals(op)
                    && change.path("after").path("id").asLong() == id) {
                return true;
            }
        }
        return false;
    }

    private static void awaitMigrated(String table, long id, String text) {
        await().atMost(LONG)
                .until(() -> place.ask("SELECT 1 FROM " + table + " WHERE id = " + id) != null
                        && bench.underSource(place, table) == 0);
        try {
            assertThat(bench.decrypted(place.ask("SELECT secret FROM " + table + " WHERE id = " + id)))
                    .isEqualTo(text);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatASubscriptionBringsIsMigratedAsItComes() throws Exception {
        tables("fed");
        subscribe("fed");
        try (Running running = bench.start("fed", place, "fed")) {
            await().atMost(LONG).until(() -> bench.underSource(place, "fed") == 0);
            upstream.sql("INSERT INTO fed VALUES (1001, '" + bench.encrypted("from upstream") + "')");

            awaitMigrated("fed", 1001, "from upstream");
            assertThat(hasCome("fed", "fed", 1001, "c")).as("by the stream").isTrue();
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
        } finally {
            unsubscribe("fed");
        }
    }

    @Test
    void whatASubscriptionBringsThatCameLaterIsMigratedToo() throws Exception {
        tables("late");
        try (Running running = bench.start("late", place, "late")) {
            await().atMost(LONG).until(() -> bench.underSource(place, "late") == 0);
            assertThat(hasCome("late", "late", 1, "u"))
                    .as("origins are filtered")
                    .isFalse();
            subscribe("late");
            try {
                upstream.sql("INSERT INTO late VALUES (1001, '" + bench.encrypted("at once") + "')");

                awaitMigrated("late", 1001, "at once");
                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
                // by now the filter is off, or will be in a moment
                await().atMost(LONG).pollInterval(Duration.ofSeconds(1)).until(() -> {
                    upstream.sql("INSERT INTO late SELECT coalesce(max(id), 0) + 1, '" + bench.encrypted("afterwards")
                            + "' FROM late");
                    long newest = Long.parseLong(upstream.ask("SELECT max(id) - 1 FROM late"));
                    return hasCome("late", "late", newest, "c");
                });
                await().atMost(LONG).until(() -> bench.underSource(place, "late") == 0);
            } finally {
                unsubscribe("late");
            }
        }
    }

    @Test
    void whatATriggerCopiesInOurOwnSessionIsMigrated() throws Exception {
        bench.createTable(place, "orders", ROWS);
        bench.createTable(place, "history", 0);
        place.sql(
                "ALTER TABLE history ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
                "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
                        + " $$BEGIN INSERT INTO history (secret, note) VALUES (OLD.secret, OLD.id); RETURN NULL; END$$",
                "CREATE TRIGGER history AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION keep()");
        try (Running running = bench.start("traced", place, "orders", "history")) {
            await().atMost(LONG)
                    .until(() -> bench.underSource(place, "orders") == 0 && bench.underSource(place, "history") == 0);
            place.sql("UPDATE orders SET secret = '" + bench.encrypted("live") + "' WHERE id = 1");
            await().atMost(LONG)
                    .until(() -> bench.underSource(place, "orders") == 0 && bench.underSource(place, "history") == 0);
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
        }

        assertThat(bench.changes("traced", "history"))
                .as("copies that came by the stream")
                .filteredOn(change -> change.path("op").asText().equals("c"))
                .hasSizeGreaterThan(ROWS);
        assertThat(bench.decrypted(place.ask("SELECT secret FROM history WHERE note = '1' ORDER BY id LIMIT 1")))
                .isEqualTo("value 1");
    }
}
