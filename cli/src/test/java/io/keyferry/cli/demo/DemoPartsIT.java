package io.keyferry.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsAccess;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.sandbox.kms.LocalKms;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoPartsIT {

    private static final String REGION = "us-west-2";
    private static final String SECOND_REGION = "us-east-1";

    private final AtomicInteger keysMade = new AtomicInteger();
    private final SandboxPostgres postgres = Servers.postgres();
    private final LocalKms kms = LocalKms.start(0, null);
    private final KmsAccess home = access(REGION);
    private final KmsAccess secondRegion = access(SECOND_REGION);
    private DemoKeys keys;
    private DemoTable table;

    @BeforeEach
    void makeKeysAndTable() {
        int number = keysMade.incrementAndGet();
        String target = kms.provisioning().multiRegionKey(REGION, "alias/target-" + number, SECOND_REGION);
        keys = new DemoKeys(
                kms.provisioning().key(REGION, "alias/source-" + number),
                target,
                target.replace(REGION, SECOND_REGION));
        table = new DemoTable(
                postgres::connect,
                (plaintext, context) -> kms.provisioning().encrypt(keys.source(), plaintext, context));
        table.create();
    }

    @AfterEach
    void dropTable() throws SQLException {
        kms.faults().clear();
        execute("DROP TABLE public.customers");
        execute("DROP TABLE IF EXISTS public.customers_in_clear");
    }

    @AfterAll
    void close() {
        kms.close();
        postgres.close();
    }

    @Test
    void reportsEveryValueBeforeAMigration() {
        CommittedCustomers committed = table.fill(1200);

        ProofFindings found = proof().run(committed);

        assertThat(found.rows()).isEqualTo(1200);
        assertThat(found.values()).isEqualTo(2400);
        assertThat(found.undecryptable()).isEqualTo(2400);
        assertThat(found.remaining()).isEqualTo(2400);
        assertThat(found.lostWrites()).isZero();
        assertThat(found.isPerfect()).isFalse();
        assertThat(found.examples()).hasSize(10).first().isEqualTo("customer 1 ssn_encrypted: IncorrectKeyException");
    }

    @Test
    void findsNothingOnceEveryValueIsUnderTheTargetKey() throws SQLException {
        CommittedCustomers committed = table.fill(100);
        LiveFigures figures;

        try (DemoApplication application = new DemoApplication(postgres::connect, home, keys, committed)) {
            application.start(300);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> application.figures().writes() > 300);
            application.switchToTargetKey();
            figures = application.stop();
        }
        rewriteAll();
        ProofFindings found = proof().run(committed);

        assertThat(found.isPerfect()).as("%s", found).isTrue();
        assertThat(found.rows()).isEqualTo(100 + figures.inserts() - figures.deletes());
        assertThat(figures.inserts()).isPositive();
        assertThat(figures.deletes()).isPositive();
        assertThat(figures.otherUpdates()).isPositive();
        assertThat(figures.reEncryptions()).isGreaterThan(figures.inserts());
        assertThat(figures.reads()).isPositive();
        assertThat(figures.wrongReads()).isZero();
    }

    @Test
    void needsNoMigrationWhereASwitchedApplicationRewritesEverything() {
        CommittedCustomers committed = table.fill(20);

        try (DemoApplication application = new DemoApplication(postgres::connect, home, keys, committed)) {
            application.switchToTargetKey();
            application.start(400);
            await().atMost(Duration.ofSeconds(60)).until(() -> allUnderTargetKey());
        }
        ProofFindings found = proof().run(committed);

        assertThat(found.isPerfect()).as("%s", found).isTrue();
        assertThat(found.rows()).isPositive();
    }

    @Test
    void reportsWhatWasDoneBehindTheApplicationsBack() throws Exception {
        CommittedCustomers committed = table.fill(10);
        rewriteAll();
        try (DemoKms client = new DemoKms(home, 1)) {
            byte[] other = client.encrypt(keys.target(), "000-00-0000", EncryptedColumn.SSN.context(3))
                    .get();
            execute("UPDATE public.customers SET ssn_encrypted = '"
                    + EncryptedColumn.SSN.encoding().encode(other, "") + "' WHERE id = 3");
        }
        execute("UPDATE public.customers SET card = NULL WHERE id = 4");
        execute("UPDATE public.customers SET card = (SELECT card FROM public.customers WHERE id = 6) WHERE id = 5");
        execute("UPDATE public.customers SET ssn_encrypted = 'not base64!' WHERE id = 6");
        execute("DELETE FROM public.customers WHERE id = 7");
        execute("INSERT INTO public.customers (id, name, email) VALUES (99, 'A stranger', 'stranger@example.com')");

        ProofFindings found = proof().run(committed);

        assertThat(found.rows()).isEqualTo(10);
        assertThat(found.values()).isEqualTo(17);
        assertThat(found.missingRows()).isEqualTo(1);
        assertThat(found.extraRows()).isEqualTo(1);
        assertThat(found.lostWrites()).isEqualTo(1 + 1 + 2 + 2);
        assertThat(found.undecryptable()).isEqualTo(2);
        assertThat(found.remaining()).isZero();
        assertThat(found.examples())
                .containsExactlyInAnyOrder(
                        "customer 3 ssn_encrypted: not what was written last",
                        "customer 4 card: not what was written last",
                        "customer 5 card: InvalidCiphertextException",
                        "customer 6 ssn_encrypted: not base64",
                        "customer 7: written, and not there",
                        "customer 99: there, though not written or deleted");
    }

    @Test
    void goesOnFromTheRecordInASeededDatabase() throws SQLException {
        DemoSeed seed = new DemoSeed(postgres::connect, home, keys);
        assertThatThrownBy(() -> seed.fill(600)).hasMessageContaining("not the demo's");
        execute("DROP TABLE public.customers");
        RemainingRows remaining = new RemainingRows(postgres::connect, secondRegion, keys);

        boolean first = seed.fill(600);
        boolean second = seed.fill(600);
        LiveFigures figures;
        try (DemoApplication application = DemoApplication.onSeeded(postgres::connect, home, keys)) {
            application.start(300);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> application.figures().writes() > 150);
            execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> application.figures().writes() > 300);
            figures = application.stop();
        }
        ProofFindings before = proof().lookAtSeeded();
        OptionalLong firstRemaining = remaining.first(5);
        rewriteAll();
        ProofFindings after = proof().lookAtSeeded();

        assertThat(first).isTrue();
        assertThat(second).as("what is there stays").isFalse();
        assertThat(figures.wrongReads()).isZero();
        assertThat(before.rows()).isEqualTo(600 + figures.inserts() - figures.deletes());
        assertThat(before.remaining()).isEqualTo(before.values());
        assertThat(firstRemaining).isPresent();
        assertThat(firstRemaining.getAsLong()).isGreaterThanOrEqualTo(5);
        assertThat(after.isPerfect()).as("%s", after).isTrue();
        assertThat(remaining.first(0)).isEmpty();
        execute(
                "UPDATE public.customers_in_clear SET card = 'other' WHERE id = (SELECT min(id) FROM public.customers)");
        assertThat(proof().lookAtSeeded().lostWrites()).isEqualTo(1);
    }

    @Test
    void keepsAnExactRecordWhileConnectionsBreak() throws SQLException {
        CommittedCustomers committed = table.fill(100);
        LiveFigures figures;

        try (DemoApplication application = new DemoApplication(postgres::connect, home, keys, committed)) {
            application.start(300);
            for (int i = 1; i <= 5; i++) {
                int writes = 100 * i;
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> application.figures().writes() > writes);
                execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
            }
            figures = application.stop();
        }
        rewriteAll();
        ProofFindings found = proof().run(committed);

        assertThat(figures.repeated()).isPositive();
        assertThat(figures.wrongReads()).isZero();
        assertThat(found.isPerfect()).as("%s", found).isTrue();
    }

    @Test
    void leavesNoThreadBehind() {
        Set<String> before = threads();
        CommittedCustomers committed = table.fill(50);

        try (DemoApplication application = new DemoApplication(postgres::connect, home, keys, committed)) {
            application.start(100);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> application.figures().writes() > 20);
        }
        proof().run(committed);

        await().untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("local-kms") && !name.startsWith("awaitility"))
                .collect(Collectors.toSet());
    }

    private DemoProof proof() {
        return new DemoProof(postgres::connect, home, secondRegion, keys);
    }

    private KmsAccess access(String region) {
        return new KmsAccess(
                region,
                Optional.of(kms.endpoint()),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "example"))));
    }

    /** What a migration does, without one: every value decrypted and encrypted again under the target key. */
    private void rewriteAll() throws SQLException {
        try (DemoKms client = new DemoKms(home, 10);
                Connection connection = postgres.connect();
                CustomerStore store = new CustomerStore(postgres::connect, WriteRecord.NONE);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM public.customers")) {
            while (rows.next()) {
                long id = rows.getLong(1);
                Map<EncryptedColumn, String> stored = store.read(id).orElseThrow();
                stored.replaceAll(
                        (column, old) -> client.decrypt(column.encoding().decode(old), column.context(id))
                                .thenCompose(text -> client.encrypt(keys.target(), text, column.context(id)))
                                .thenApply(ciphertext -> column.encoding().encode(ciphertext, old))
                                .join());
                store.update(id, new Customer(null, null), stored);
            }
        }
    }

    private boolean allUnderTargetKey() throws SQLException {
        try (DemoKms client = new DemoKms(home, 10);
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT id, ssn_encrypted, card::text AS card FROM public.customers")) {
            while (rows.next()) {
                for (EncryptedColumn column : EncryptedColumn.values()) {
                    client.decryptUnder(
                                    keys.target(),
                                    column.encoding().decode(rows.getString(column.column())),
                                    column.context(rows.getLong("id")))
                            .join();
                }
            }
            return true;
        } catch (CompletionException anotherKey) {
            return false;
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
