package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.both;
import static io.keyferry.sink.Rewrites.key;
import static io.keyferry.sink.Rewrites.rewrite;
import static io.keyferry.sink.Rewrites.ssn;
import static io.keyferry.sink.Rewrites.ssns;
import static io.keyferry.sink.SinkFixture.column;
import static io.keyferry.sink.SinkFixture.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.Encoding;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CompareAndSetIT {

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void writesTextAndBytesOfARowInOneRowVersion() throws Exception {
        TableName table = fixture.customers("one_version", 3);
        Migration migration = fixture.customersMigration("one-version", table);
        fixture.journal(migration, both(table, 1), both(table, 2), both(table, 3));

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT ssn FROM one_version ORDER BY id"))
                .containsExactly(TARGET.base64("ssn 1"), TARGET.base64("ssn 2"), TARGET.base64("ssn 3"));
        assertThat(fixture.texts("SELECT card FROM one_version ORDER BY id"))
                .containsExactly(TARGET.raw("card 1"), TARGET.raw("card 2"), TARGET.raw("card 3"));
        // the rows follow each other on the first page: three as inserted, then one new version of each
        assertThat(fixture.texts("SELECT ctid FROM one_version ORDER BY id"))
                .containsExactly("(0,4)", "(0,5)", "(0,6)");
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(3, 0));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(3, 0));
    }

    @Test
    void everyWriteHasACommitTimeOfItsOwn() throws Exception {
        TableName table = fixture.customers("timed", 2);
        Migration migration = fixture.customersMigration("timed", table);

        fixture.whileRunning(migration, () -> {
            fixture.journal(migration, both(table, 1));
            fixture.awaitApplied(migration);
            fixture.sql("CREATE TABLE moment AS SELECT clock_timestamp() AS at");
            fixture.journal(migration, both(table, 2));
            fixture.awaitApplied(migration);
        });

        assertThat(fixture.texts(
                        "SELECT pg_xact_commit_timestamp(timed.xmin) > moment.at FROM timed, moment ORDER BY id"))
                .containsExactly("f", "t");
        assertThat(fixture.texts("SELECT DISTINCT roident > 0 FROM timed, pg_xact_commit_timestamp_origin(xmin)"))
                .containsExactly("t");
    }

    @Test
    void neverOverwritesANewerWrite() throws Exception {
        TableName table = fixture.customers("newer_write", 2);
        Migration migration = fixture.customersMigration("newer-write", table);
        fixture.sql("UPDATE newer_write SET ssn = 'newer' WHERE id = 1");
        fixture.journal(migration, both(table, 1), both(table, 2));

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT ssn FROM newer_write ORDER BY id"))
                .containsExactly("newer", TARGET.base64("ssn 2"));
        assertThat(fixture.text("SELECT card FROM newer_write WHERE id = 1")).isEqualTo(TARGET.raw("card 1"));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 1));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(2, 0));
    }

    @Test
    void neverOverwritesAWriteThatCommitsWhileTheSinkWaitsForItsRow() throws Exception {
        TableName table = fixture.customers("held_row", 50);
        Migration migration = fixture.customersMigration("held-row", table);
        fixture.journal(migration, ssns(table, 50));
        try (Connection application = fixture.connect();
                Statement write = application.createStatement()) {
            application.setAutoCommit(false);
            write.execute("UPDATE held_row SET ssn = 'newer' WHERE id = 17");

            fixture.whileRunning(migration, () -> {
                // all others go on while the row is held
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(fixture.text("SELECT count(*) FROM held_row WHERE ssn LIKE '"
                                        + TARGET.base64("").substring(0, 48) + "%'"))
                                .isEqualTo("49"));
                application.commit();
                fixture.awaitApplied(migration);
            });
        }

        assertThat(fixture.text("SELECT ssn FROM held_row WHERE id = 17")).isEqualTo("newer");
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(49, 1));
    }

    @Test
    void rewritesARowThatWasHeldWhenItIsLetGoUnchanged() throws Exception {
        TableName table = fixture.customers("let_go", 5);
        Migration migration = fixture.customersMigration("let-go", table);
        fixture.journal(migration, ssns(table, 5));
        try (Connection application = fixture.connect();
                Statement write = application.createStatement()) {
            application.setAutoCommit(false);
            write.execute("LOCK TABLE let_go IN SHARE MODE");

            fixture.whileRunning(migration, () -> {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> fixture.text("SELECT count(*) FROM pg_locks WHERE NOT granted"
                                        + " AND relation = 'let_go'::regclass")
                                .equals("1"));
                application.rollback();
                fixture.awaitApplied(migration);
            });
        }

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(5, 0));
    }

    @Test
    void appliesAllRewritesOfARowInOneBatchInTheirOrder() throws Exception {
        TableName table = fixture.customers("chain", 3);
        Migration migration = fixture.customersMigration("chain", table);
        fixture.journal(
                migration,
                rewrite(table, key(1), "ssn", SOURCE.base64("ssn 1"), "second"),
                rewrite(table, key(2), "ssn", SOURCE.base64("ssn 2"), "second"),
                rewrite(table, key(2), "ssn", "second", "third"),
                rewrite(table, key(1), "ssn", "second", "third"),
                rewrite(table, key(1), "ssn", "third", TARGET.base64("ssn 1")),
                rewrite(table, key(3), "ssn", SOURCE.base64("ssn 3"), TARGET.base64("ssn 3")),
                rewrite(table, key(3), "card", SOURCE.raw("card 3"), TARGET.raw("card 3")));

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT ssn FROM chain ORDER BY id"))
                .containsExactly(TARGET.base64("ssn 1"), "third", TARGET.base64("ssn 3"));
        assertThat(fixture.text("SELECT card FROM chain WHERE id = 3")).isEqualTo(TARGET.raw("card 3"));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(6, 0));
    }

    @Test
    void aRowThatIsGoneOrMovedOnIsSuperseded() throws Exception {
        TableName table = fixture.customers("moved_on", 3);
        Migration migration = fixture.customersMigration("moved-on", table);
        fixture.sql("DELETE FROM moved_on WHERE id = 1", "UPDATE moved_on SET ssn = NULL WHERE id = 2");
        fixture.journal(migration, both(table, 1), both(table, 2), both(table, 3));

        fixture.applyAll(migration);

        assertThat(fixture.text("SELECT ssn FROM moved_on WHERE id = 2")).isNull();
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 2));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(2, 1));
    }

    @Test
    void aValueWhoseContextColumnChangedIsNotWritten() throws Exception {
        TableName table = fixture.customers("context_changed", 2);
        Migration migration = fixture.migration(
                "context-changed", table, column("ssn", Encoding.BASE64, "id", "tenant"), column("card", Encoding.RAW));
        fixture.sql("UPDATE context_changed SET tenant = 'other' WHERE id = 1");
        for (long id = 1; id <= 2; id++) {
            Rewrite values = both(table, id);
            fixture.journal(
                    migration,
                    new Rewrite(
                            table,
                            values.key(),
                            Map.of("id", String.valueOf(id), "tenant", "acme"),
                            values.columns(),
                            List.of(),
                            values.source(),
                            values.rewrittenAt()));
        }

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT ssn FROM context_changed ORDER BY id"))
                .containsExactly(SOURCE.base64("ssn 1"), TARGET.base64("ssn 2"));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 1));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(2, 0));
    }

    @Test
    void aTriggerThatPutsTheOldValueBackEndsTheStageWithTableAndKey() throws Exception {
        TableName table = fixture.customers("undone", 2);
        Migration migration = fixture.customersMigration("undone", table);
        fixture.sql(
                "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.ssn := OLD.ssn; RETURN NEW; END$$",
                "CREATE TRIGGER undo BEFORE UPDATE ON undone FOR EACH ROW WHEN (OLD.id = 2) EXECUTE FUNCTION undo()");
        fixture.journal(migration, ssn(table, 1), ssn(table, 2));

        try (SinkStage stage = fixture.stage(migration)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("public.undone")
                    .hasMessageContaining("id=2")
                    .hasMessageContaining("trigger")
                    .hasMessageNotContaining(SOURCE.base64("ssn 2"));
        }

        // once the trigger is gone, the same journal goes on, and counts what was written before
        fixture.sql("DROP TRIGGER undo ON undone");
        fixture.applyAll(migration);
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(2, 0));
    }

    @Test
    void aTriggerThatStoresSomethingElseIsNotTakenForARewrite() throws Exception {
        TableName table = fixture.customers("altered", 1);
        Migration migration = fixture.customersMigration("altered", table);
        fixture.sql(
                "CREATE FUNCTION alter_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.ssn := 'else'; RETURN NEW; END$$",
                "CREATE TRIGGER alter_it BEFORE UPDATE ON altered FOR EACH ROW EXECUTE FUNCTION alter_it()");
        fixture.journal(migration, ssn(table, 1));

        fixture.applyAll(migration);

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 1));
    }

    @Test
    void base64WithLineBreaksIsComparedExactlyAsItIsStored() throws Exception {
        TableName table = fixture.customers("line_breaks", 0);
        Migration migration = fixture.customersMigration("line-breaks", table);
        String base64 = SOURCE.base64("broken");
        String broken = base64.substring(0, 64) + "\r\n" + base64.substring(64) + "\n";
        fixture.sql(
                "INSERT INTO line_breaks (id, ssn) VALUES (1, E'"
                        + broken.replace("\r", "\\r").replace("\n", "\\n") + "')",
                "INSERT INTO line_breaks (id, ssn) VALUES (2, '" + base64 + "')");
        fixture.journal(
                migration,
                rewrite(table, key(1), "ssn", broken, TARGET.base64("broken")),
                rewrite(table, key(2), "ssn", broken, TARGET.base64("broken")));

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT ssn FROM line_breaks ORDER BY id"))
                .containsExactly(TARGET.base64("broken"), base64);
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 1));
    }
}
