package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.sandbox.kms.LocalKms;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** {@code keyferry verify} over tables whose values are known, in two Regions. */
@Timeout(300)
class VerifyIT {

    private static final String HOME = "us-west-2";
    private static final String AWAY = "us-east-1";
    private static final Duration LONG = Duration.ofSeconds(60);

    private static LocalKms kms;
    private static SandboxPostgres postgres;
    private static Place place;
    private static String source;
    private static String target;
    private static String foreign;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        kms = LocalKms.start(0, null);
        source = kms.provisioning().key(HOME, "alias/source");
        foreign = kms.provisioning().key(HOME, "alias/foreign");
        target = kms.provisioning().multiRegionKey(HOME, "alias/target", AWAY);
        postgres = Servers.postgres();
        place = Place.of(postgres);
    }

    @AfterAll
    static void stop() {
        postgres.close();
        kms.close();
    }

    @AfterEach
    void heal() {
        kms.latency(Duration.ZERO, Duration.ZERO);
        kms.resetCounters();
    }

    private static byte[] encrypted(String key, String text, Map<String, String> context) {
        return kms.provisioning().encrypt(key, text.getBytes(StandardCharsets.UTF_8), context);
    }

    private static String ssn(String key, long id) {
        return Base64.getEncoder().encodeToString(encrypted(key, "ssn " + id, Map.of("id", "" + id)));
    }

    /** All of it under the target key: a text with a context, and bytes without, of which every tenth is NULL. */
    private static void createTable(Place in, String table, int rows) throws SQLException {
        in.sql("CREATE TABLE " + table + " (id bigint PRIMARY KEY, ssn text, card bytea)");
        StringBuilder insert = new StringBuilder("INSERT INTO " + table + " VALUES ");
        for (long id = 1; id <= rows; id++) {
            insert.append(id == 1 ? "(" : ", (")
                    .append(id + ", '" + ssn(target, id) + "', ")
                    .append(
                            id % 10 == 0
                                    ? "NULL)"
                                    : "'\\x" + HexFormat.of().formatHex(encrypted(target, "card " + id, Map.of()))
                                            + "')");
        }
        in.sql(insert.toString());
    }

    private static void set(Place in, String table, long id, String ssn) throws SQLException {
        in.sql("UPDATE " + table + " SET ssn = '" + ssn + "' WHERE id = " + id);
    }

    private Operator file(String name, Place as, String table, String replicas) throws IOException {
        Files.writeString(folder.resolve(name + ".yaml"), """
                name: %s
                database:
                  url: %s
                  credentials: {user: %s, passwordEnv: DATABASE_PASSWORD}
                keys: {region: %s, source: [%s], target: %s, replicas: [%s]}
                tables:
                  - table: public.%s
                    columns:
                      - {column: ssn, encoding: base64, context: {id: "{id}"}}
                      - {column: card, encoding: raw}
                """.formatted(
                        name, as.url(), as.user(), HOME, source, target, replicas, table));
        return new Operator(
                folder,
                Map.of(
                        "AWS_ENDPOINT_URL_KMS",
                        kms.endpoint().toString(),
                        "AWS_ACCESS_KEY_ID",
                        "verify",
                        "AWS_SECRET_ACCESS_KEY",
                        "verify",
                        "DATABASE_PASSWORD",
                        as.password()));
    }

    private static JsonNode json(Operator.Said said, int code) throws IOException {
        assertThat(said.code()).as(said.err()).isEqualTo(code);
        return new ObjectMapper().readTree(said.out());
    }

    private List<Path> records(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + ".ver"))
                    .toList();
        }
    }

    private static void sourceKeyIs(boolean enabled) {
        LargeValue.enable(
                new io.keyferry.kms.KmsAccess(
                        HOME,
                        Optional.of(kms.endpoint()),
                        Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))),
                source,
                enabled);
    }

    @Test
    void everyValueDecryptsInBothRegionsForARoleThatOnlyReads() throws Exception {
        createTable(place, "good", 30);
        place.sql("CREATE ROLE auditor LOGIN PASSWORD 'pw'", "GRANT SELECT (id, ssn, card) ON good TO auditor");
        Operator operator = file("good", place.as("auditor", "pw"), "good", AWAY);

        JsonNode all = json(operator.says("verify", "good.yaml", "--json"), 0);
        long decrypts = kms.requests("Decrypt");
        JsonNode without = json(operator.says("verify", "good.yaml", "--json", "--without-plaintext", "--all"), 0);
        long reEncrypts = kms.requests("ReEncrypt");
        JsonNode sample = json(operator.says("verify", "good.yaml", "--json", "--sample", "10", "--region", AWAY), 0);

        assertThat(all.path("values").asLong()).isEqualTo(57);
        assertThat(all.path("mismatchCount").asLong()).isZero();
        assertThat(all.at("/tables/0/rows").asLong()).isEqualTo(30);
        assertThat(all.at("/tables/0/columns/1/empty").asLong()).isEqualTo(3);
        assertThat(all.at("/tables/0/columns/0/byKey").path(target).asLong()).isEqualTo(30);
        assertThat(all.path("regions")).extracting(JsonNode::asText).containsExactly(HOME, AWAY);
        assertThat(all.has("sample")).isFalse();
        assertThat(decrypts).isEqualTo(2 * 57);
        assertThat(without.path("method").asText()).isEqualTo("re-encrypt");
        assertThat(without.path("values").asLong()).isEqualTo(57);
        assertThat(reEncrypts).isEqualTo(2 * 57);
        assertThat(sample.at("/tables/0/rows").asLong()).isEqualTo(10);
        assertThat(sample.path("sample").asLong()).isEqualTo(10);
        assertThat(sample.path("regions")).extracting(JsonNode::asText).containsExactly(AWAY);
        assertThat(records("good")).hasSize(3);
        assertThat(records("good"))
                .extracting(file -> new ObjectMapper().readTree(Files.readString(file)))
                .contains(all, without, sample);
    }

    @Test
    void namesEveryValueThatDoesNotDecryptAndWhy() throws Exception {
        createTable(place, "bad", 30);
        byte[] altered = encrypted(target, "ssn 5", Map.of("id", "5"));
        altered[altered.length - 1] ^= 1;
        set(place, "bad", 3, ssn(source, 3));
        set(place, "bad", 4, ssn(target, 40));
        set(place, "bad", 5, Base64.getEncoder().encodeToString(altered));
        set(place, "bad", 6, ssn(foreign, 6));
        set(place, "bad", 7, "nobase64!");
        set(place, "bad", 8, Base64.getEncoder().encodeToString(new byte[80]));
        Operator operator = file("bad", place, "bad", AWAY);

        Operator.Said said = operator.says("verify", "bad.yaml", "--json");
        JsonNode found = json(said, 1);
        sourceKeyIs(false);
        JsonNode disabled = json(operator.says("verify", "bad.yaml", "--json", "--region", AWAY), 1);
        sourceKeyIs(true);

        assertThat(found.path("mismatches"))
                .extracting(one -> one.at("/key/id").asText() + " "
                        + one.path("column").asText() + " " + one.path("reason").asText() + " "
                        + one.path("region").asText())
                .containsExactly(
                        "3 ssn source-key " + HOME,
                        "4 ssn wrong-context " + HOME,
                        "5 ssn wrong-context " + HOME,
                        "6 ssn unknown-key " + HOME,
                        "7 ssn not-ciphertext " + HOME,
                        "8 ssn not-ciphertext " + HOME);
        assertThat(found.path("mismatchCount").asLong()).isEqualTo(6);
        assertThat(found.at("/tables/0/columns/0/byKey").path(target).asLong()).isEqualTo(24);
        assertThat(found.at("/tables/0/columns/0/byKey").path(source).asLong()).isEqualTo(1);
        assertThat(found.at("/tables/0/columns/1/mismatches").asLong()).isZero();
        assertThat(said.err())
                .contains(
                        "public.bad {id=3} ssn in us-west-2: source-key: the value is under the source key " + source);
        for (String row : place.ask("SELECT string_agg(ssn, ' ') FROM bad").split(" ")) {
            assertThat(said.out() + said.err()).doesNotContain(row);
        }
        assertThat(disabled.at("/mismatches/0/reason").asText()).isEqualTo("unknown-key");
        assertThat(disabled.at("/mismatches/0/message").asText()).contains(source + " is disabled");
        assertThat(disabled.at("/mismatches/0/region").asText()).isEqualTo(AWAY);
        assertThat(disabled.path("mismatchCount").asLong()).isEqualTo(6);
    }

    @Test
    void aValueThatIsWrittenOrDeletedMeanwhileIsNoMismatch() throws Exception {
        createTable(place, "moving", 20);
        for (long id = 1; id <= 3; id++) {
            set(place, "moving", id, ssn(source, id));
        }
        Operator operator = file("moving", place, "moving", AWAY);
        kms.resetCounters();
        kms.latency(Duration.ofSeconds(2), Duration.ofSeconds(2));

        try (KeyferryProcess verify =
                KeyferryProcess.start(folder, operator.environment(), "verify", "moving.yaml", "--json")) {
            // the rows have been read, and KMS is about to refuse three of them
            await().atMost(LONG).until(() -> kms.requests("Decrypt") > 20);
            set(place, "moving", 1, ssn(target, 1));
            place.sql("DELETE FROM moving WHERE id = 2");

            assertThat(verify.exitCode()).as(verify.err()).isEqualTo(1);
            JsonNode found = new ObjectMapper().readTree(verify.out());
            assertThat(found.path("mismatches"))
                    .extracting(one -> one.at("/key/id").asText())
                    .as("the one that stayed as it was")
                    .containsExactly("3");
            assertThat(found.at("/tables/0/rows").asLong()).isEqualTo(19);
        }
    }

    @Test
    void goesOnWhereItWasStopped() throws Exception {
        createTable(place, "long", 400);
        set(place, "long", 2, ssn(source, 2));
        set(place, "long", 399, ssn(source, 399));
        Operator operator = file("long", place, "long", AWAY);
        Path standing = folder.resolve("long.verify.json");
        kms.resetCounters();

        try (KeyferryProcess verify = KeyferryProcess.start(
                folder, operator.environment(), "verify", "long.yaml", "--max-requests-per-second", "60")) {
            await().atMost(LONG)
                    .ignoreExceptions()
                    .until(() -> new ObjectMapper()
                                    .readTree(Files.readString(standing))
                                    .path("values")
                                    .asLong()
                            > 0);
            verify.terminate();
            assertThat(verify.exitCode()).isEqualTo(143);
            assertThat(verify.out()).contains("--resume goes on");
        }
        long before = new ObjectMapper()
                .readTree(Files.readString(standing))
                .path("values")
                .asLong();
        assertThat(before).isBetween(1L, 700L);
        Operator.Said unfinished = operator.says("verify", "long.yaml");
        Operator.Said another = operator.says("verify", "long.yaml", "--resume", "--region", AWAY);
        JsonNode whole = json(operator.says("verify", "long.yaml", "--resume", "--json"), 1);

        assertThat(unfinished.code()).isEqualTo(2);
        assertThat(unfinished.err())
                .contains("has not ended")
                .contains("--resume")
                .contains("--again");
        assertThat(another.code()).isEqualTo(2);
        assertThat(another.err()).contains("us-west-2, us-east-1 then, us-east-1 now");
        assertThat(whole.path("values").asLong()).isEqualTo(760);
        assertThat(whole.at("/tables/0/rows").asLong()).isEqualTo(400);
        assertThat(whole.path("mismatches"))
                .extracting(one -> one.at("/key/id").asText())
                .containsExactly("2", "399");
        assertThat(kms.requests("Decrypt"))
                .as("what had been looked at was not looked at again")
                .isLessThan(2 * 760 + 2 * 3 * 60);
        assertThat(standing).doesNotExist();
        assertThat(records("long")).hasSize(1);
    }

    @Test
    void looksAtAnotherDatabaseWhereAUrlSaysSo() throws Exception {
        place.sql("CREATE DATABASE replica");
        Place replica = Place.in(postgres, "replica");
        createTable(place, "twice", 10);
        createTable(replica, "twice", 10);
        set(replica, "twice", 9, ssn(source, 9));
        Operator operator = file("twice", place, "twice", AWAY);

        JsonNode primary = json(operator.says("verify", "twice.yaml", "--json"), 0);
        JsonNode other = json(operator.says("verify", "twice.yaml", "--json", "--url", replica.url()), 1);
        Operator.Said none = operator.says("verify", "twice.yaml", "--url", "postgres://there");

        assertThat(primary.path("database").asText()).endsWith(":" + postgres.port() + "/" + postgres.database());
        assertThat(other.path("database").asText()).endsWith(":" + postgres.port() + "/replica");
        assertThat(other.at("/mismatches/0/key/id").asText()).isEqualTo("9");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("is no PostgreSQL JDBC URL");
    }

    @Test
    void beginsNothingWhereARegionHasNotTheKeyOrTheOptionsAreWrong() throws Exception {
        createTable(place, "regions", 3);
        Operator operator = file("regions", place, "regions", AWAY + ", eu-west-1");

        Operator.Said missing = operator.says("verify", "regions.yaml");
        Operator.Said there = operator.says("verify", "regions.yaml", "--region", AWAY);
        Operator.Said wrong = operator.says(
                "verify", "regions.yaml", "--sample", "0", "--max-requests-per-second", "0", "--resume", "--again");
        Operator.Said unknown = operator.says("verify", "regions.yaml", "--region", "ap-south-1");

        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err())
                .contains("eu-west-1: Key " + target.replace(HOME, "eu-west-1") + " does not exist in eu-west-1")
                .doesNotContain(AWAY + ":");
        assertThat(there.code()).as(there.err()).isZero();
        assertThat(records("regions")).as("only of the one that ended").hasSize(1);
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err())
                .contains("--sample takes")
                .contains("--max-requests-per-second takes")
                .contains("--again");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("--region ap-south-1").contains(AWAY + ", eu-west-1");
    }
}
