package io.keyferry.model.file;

import static io.keyferry.model.file.Documents.CHANGES;
import static io.keyferry.model.file.Documents.SECRET;
import static io.keyferry.model.file.Documents.SOURCE;
import static io.keyferry.model.file.Documents.TARGET;
import static io.keyferry.model.file.Documents.WHOLE;
import static io.keyferry.model.file.Documents.with;
import static io.keyferry.model.file.Documents.withChanges;
import static io.keyferry.model.file.Documents.without;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.groups.Tuple.tuple;

import io.keyferry.model.Changes;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Retirement;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationFileTest {

    private static final Path FOLDER = Path.of("/etc/keyferry");

    @Test
    void readsAWholeFile() {
        Migration migration = MigrationFile.parse(WHOLE, FOLDER);

        assertThat(migration.name()).isEqualTo("customers-to-mrk");
        assertThat(migration.database())
                .isEqualTo(new Migration.Database(
                        "jdbc:postgresql://db.internal:5432/app?sslmode=verify-full",
                        new Migration.Credentials.SecretsManager(SECRET)));
        assertThat(migration.keys())
                .isEqualTo(new Migration.Keys("us-west-2", List.of(SOURCE), TARGET, List.of("us-east-1"), 2000));
        assertThat(migration.kafka())
                .contains(new Migration.Kafka(
                        "broker-1:9092,broker-2:9092", Optional.of(3), Map.of("security.protocol", "SSL")));
        assertThat(migration.snapshot()).isEqualTo(SnapshotMode.INITIAL);
        assertThat(migration.maxDeadLetters()).isEqualTo(5);
        assertThat(migration.verifyBeforeWrite()).isTrue();
        assertThat(migration.http()).isEqualTo(new Migration.Http("0.0.0.0", 9464));
        assertThat(migration.limits())
                .isEqualTo(new Migration.Limits(
                        Optional.of(Duration.ofSeconds(30)),
                        OptionalLong.of(512L * 1024 * 1024),
                        OptionalLong.of(0),
                        Optional.empty()));
        assertThat(migration.retirement())
                .isEqualTo(new Retirement(
                        Optional.of(
                                List.of(new Retirement.Backup("RDS snapshots, 35 days", LocalDate.of(2027, 1, 31)))),
                        List.of("arn:aws:iam::111122223333:role/app"),
                        Set.of("application-roles", "public.notes.secret")));
        Migration.Table table = migration.tables().get(0);
        assertThat(table.name()).isEqualTo(new TableName("public", "customers"));
        assertThat(table.columns())
                .extracting(Migration.Column::name, Migration.Column::encoding)
                .containsExactly(tuple("ssn_encrypted", Encoding.BASE64), tuple("card", Encoding.RAW));
        assertThat(table.columns().get(0).context().render(Map.of("id", "42")::get))
                .containsExactly(Map.entry("customer_id", "42"), Map.entry("purpose", "ssn"));
        assertThat(table.columns().get(1).context().columns()).isEmpty();
    }

    @Test
    void fillsInWhatIsLeftOut() {
        assertThat(MigrationFile.parse(without("kafka"), FOLDER).kafka()).isEmpty();
        assertThat(MigrationFile.parse(without("snapshot"), FOLDER).snapshot()).isEqualTo(SnapshotMode.DEFAULT);
        assertThat(MigrationFile.parse(without("maxDeadLetters"), FOLDER).maxDeadLetters())
                .isEqualTo(Migration.DEFAULT_MAX_DEAD_LETTERS);
        assertThat(MigrationFile.parse(without("verifyBeforeWrite"), FOLDER).verifyBeforeWrite())
                .isFalse();
        assertThat(MigrationFile.parse(without("http"), FOLDER).http()).isEqualTo(new Migration.Http("127.0.0.1", 0));
        assertThat(MigrationFile.parse(with("host: 0.0.0.0, ", ""), FOLDER).http())
                .isEqualTo(new Migration.Http("127.0.0.1", 9464));
        assertThat(MigrationFile.parse(with(", port: 9464", ""), FOLDER).http())
                .isEqualTo(new Migration.Http("0.0.0.0", 0));
        assertThat(MigrationFile.parse(without("maxRequests"), FOLDER).keys().maxRequestsPerSecond())
                .isEqualTo(1000);
        assertThat(MigrationFile.parse(without("replicas"), FOLDER).keys().replicas())
                .isEmpty();
        assertThat(MigrationFile.parse(without("properties"), FOLDER)
                        .kafka()
                        .orElseThrow()
                        .properties())
                .isEmpty();
    }

    @Test
    void backupsThatNobodyHasStatedAreNotTheSameAsNone() {
        assertThat(MigrationFile.parse(without("retirement"), FOLDER).retirement())
                .isEqualTo(Retirement.NONE);
        assertThat(MigrationFile.parse(without("backups"), FOLDER).retirement().backups())
                .isEmpty();
        assertThat(MigrationFile.parse(with("[{what: \"RDS snapshots, 35 days\", until: 2027-01-31}]", "[]"), FOLDER)
                        .retirement()
                        .backups())
                .contains(List.of());
    }

    @Test
    void fillsInTheLimitsThatAreLeftOutAndTurnsOffThoseThatAreToBe() {
        Migration.Limits usual = Migration.Limits.DEFAULT;

        assertThat(MigrationFile.parse(without("limits"), FOLDER).limits()).isEqualTo(usual);
        assertThat(MigrationFile.parse(without("limits") + "limits: {maxSlotWal: 2TB}", FOLDER)
                        .limits())
                .isEqualTo(new Migration.Limits(
                        usual.maxReplicaLag(),
                        OptionalLong.of(2L << 40),
                        usual.maxLockWaits(),
                        usual.maxWriteLatency()));
        assertThat(MigrationFile.parse(
                                without("limits")
                                        + "limits: {maxReplicaLag: off, maxSlotWal: off, maxLockWaits: off, maxWriteLatency: 250ms}",
                                FOLDER)
                        .limits())
                .isEqualTo(new Migration.Limits(
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.of(Duration.ofMillis(250))));
    }

    @Test
    void takesTheIndexThatTellsTheRowsOfATableApart() {
        String named = with("public.customers", "public.customers\n    rowKey: Customers by number");
        String list = with("public.customers", "public.customers\n    rowKey: [id]");

        assertThat(MigrationFile.parse(WHOLE, FOLDER).tables().get(0).rowKey()).isEmpty();
        assertThat(MigrationFile.parse(named, FOLDER).tables().get(0).rowKey()).contains("Customers by number");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(list, FOLDER)))
                .hasMessageContaining("tables[0].rowKey (line 19): is a list; expected the name of a unique index");
    }

    @Test
    void refusesAnIncrementalSnapshotOfATableWithoutAPrimaryKey() {
        String incremental = with("public.customers", "public.customers\n    rowKey: by_number")
                .replace("snapshot: initial", "snapshot: incremental");

        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(incremental, FOLDER)))
                .hasMessageContaining("snapshot (line ")
                .hasMessageContaining("public.customers")
                .hasMessageContaining("expected sweep or initial");
    }

    @Test
    void readsWhereAConnectorOfTheUsersOwnWritesChanges() {
        Migration migration = MigrationFile.parse(withChanges("", ""), FOLDER);
        Migration plain = MigrationFile.parse(without("snapshot") + "changes: {topicPrefix: shop}", FOLDER);

        assertThat(migration.changes())
                .contains(new Changes(
                        "shop",
                        "shop_cdc",
                        Changes.Format.AVRO,
                        Optional.of(new Changes.SchemaRegistry(
                                "https://registry.internal:8081",
                                Optional.of(new Migration.Credentials.PasswordEnv("keyferry", "REGISTRY")),
                                Optional.of(Changes.Ids.CONTENT_ID))),
                        Map.of(new TableName("public", "customers"), "cdc.customers")));
        assertThat(migration.changeTopic(new TableName("public", "customers"))).isEqualTo("cdc.customers");
        assertThat(migration.inputTopics()).contains("cdc.customers", migration.name() + ".sweep");
        assertThat(migration.slot()).isEqualTo("shop_cdc");
        assertThat(plain.changes())
                .contains(new Changes("shop", "debezium", Changes.Format.JSON, Optional.empty(), Map.of()));
        assertThat(plain.changeTopic(new TableName("public", "a b"))).isEqualTo("shop.public.a_b");
        assertThat(MigrationFile.parse(WHOLE, FOLDER).slot()).isEqualTo("keyferry_customers_to_mrk");
    }

    @Test
    void refusesWhatTheSnapshotStageWouldDoBesideAConnectorOfTheUsersOwn() {
        String initial = WHOLE + CHANGES;
        String embedded = without("kafka").replace("snapshot: initial\n", "") + CHANGES;
        String unknown = withChanges("public.customers: cdc", "public.orders: cdc");

        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(initial, FOLDER)))
                .hasMessageContaining("is done by the snapshot stage, which changes leaves out; expected sweep");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(embedded, FOLDER)))
                .hasMessageContaining("kafka")
                .hasMessageContaining("expected the cluster that the connector of changes writes to");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(unknown, FOLDER)))
                .hasMessageContaining("changes.topics.public.orders (line ")
                .hasMessageContaining("is the topic of no table of this file");
    }

    @Test
    void takesPasswordsFromAVariableOrAFileBesideTheMigration() {
        String variable = with("secretsManager: " + SECRET, "{user: app, passwordEnv: APP_PASSWORD}");
        String file = with("secretsManager: " + SECRET, "{user: app, passwordFile: secret/password}");

        assertThat(MigrationFile.parse(variable, FOLDER).database().credentials())
                .isEqualTo(new Migration.Credentials.PasswordEnv("app", "APP_PASSWORD"));
        assertThat(MigrationFile.parse(file, FOLDER).database().credentials())
                .isEqualTo(new Migration.Credentials.PasswordFile("app", FOLDER.resolve("secret/password")));
    }

    @Test
    void takesAUserThatIamVouchesFor() {
        String yaml = with("secretsManager: " + SECRET, "{user: app, iam: true}");

        assertThat(MigrationFile.parse(yaml, FOLDER).database().credentials())
                .isEqualTo(new Migration.Credentials.Iam("app"));
    }

    @Test
    void tellsAllProblemsAtOnceWithTheirPlaces() {
        String yaml = """
                nmae: customers-to-mrk
                database:
                  url: jdbc:mysql://db/app
                  credentials: {}
                keys:
                  region: us-west-2
                  source: []
                  target: alias/new
                tables:
                  - table: public.customers
                    columns:
                      - column: ssn
                        encoding: base46
                        context: {id: "{id"}
                      - column: ssn
                        encoding: 64
                """;

        ConfigurationException e = refused(yaml);

        assertThat(e.problems())
                .extracting(Problem::path, Problem::line)
                .containsExactlyInAnyOrder(
                        place("name", 1),
                        place("nmae", 1),
                        place("database.url", 3),
                        place("database.credentials", 4),
                        place("keys.source", 7),
                        place("keys.target", 8),
                        place("tables[0].columns[0].encoding", 13),
                        place("tables[0].columns[0].context.id", 14),
                        place("tables[0].columns[1].column", 15),
                        place("tables[0].columns[1].encoding", 16));
        assertThat(e)
                .hasMessageContaining(
                        "nmae (line 1): is no key that KeyFerry knows here (did you mean name?); expected one of ")
                .hasMessageContaining("'base46' is no encoding (did you mean base64?)")
                .hasMessageContaining("is an alias");
    }

    /** Whole, what it becomes, where the problem is, and what its text holds. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name: customers-to-mrk | name: Customers | name | lower-case
            name: customers-to-mrk | name: 7-customers | name | lower-case
            name: customers-to-mrk | name: a2345678901234567890123456789012345678901 | name | at most 40
            name: customers-to-mrk | name: 42 | name | write it in quotes
            name: customers-to-mrk | name: | name | is empty
            name: customers-to-mrk | name: [a] | name | is a list
            name: customers-to-mrk | {a: b}: c | '' | has a list or mapping as a key
            db.internal:5432/app | db.internal:5432/ | database.url | names no database
            db.internal:5432/app | db.internal:5432 | database.url | is no PostgreSQL JDBC URL
            db.internal:5432 | db.internal:port | database.url | has a host that is none
            db.internal:5432 | db.internal:99999 | database.url | ports from 1 to 65535
            db.internal | app:hunter2@db.internal | database.url | under database.credentials
            sslmode=verify-full | a=b&user=app | database.url | under database.credentials
            sslmode=verify-full | password=hunter2 | database.url | under database.credentials
            sslmode=verify-full | PGHOST=other | database.url | in the URL itself
            us-west-2:111122223333:secret:app-db-a1b2c3 | us-west-2:1:secret:a | database.credentials.secretsManager | a secret's ARN
            region: us-west-2 | region: Oregon | keys.region | an AWS Region
            kms:us-west-2:111122223333:key/1234 | kms:us-east-1:111122223333:key/1234 | keys.source[0] | is a key of Region us-east-1
            kms:us-west-2:111122223333:key/1234 | sqs:us-west-2:111122223333:key/1234 | keys.source[0] | is an ARN of another service
            arn:aws:kms:us-west-2:111122223333:key/1234 | 1234 | keys.source[0] | without account and Region
            arn:aws:kms:us-west-2:111122223333:key/mrk | arn:aws:kms:us-east-1:111122223333:key/mrk | keys.target | is a key of Region us-east-1
            key/mrk-0987dcba09fe87dc65baab0987654321 | alias/new | keys.target | is an alias
            key/mrk-0987dcba09fe87dc65baab0987654321 | key/0987dcba-09fe-87dc-65ba-ab0987654321 | keys.target | is a single-Region key
            replicas: [us-east-1] | replicas: [us-west-2] | keys.replicas[0] | is keys.region itself
            replicas: [us-east-1] | replicas: [us-east-1, us-east-1] | keys.replicas[1] | is the same as keys.replicas[0]
            replicas: [us-east-1] | replicas: [] | keys.replicas | is an empty list
            replicas: [us-east-1] | replicas: us-east-1 | keys.replicas | is a text
            maxRequestsPerSecond: 2000 | maxRequestsPerSecond: 0 | keys.maxRequestsPerSecond | at least 1
            maxRequestsPerSecond: 2000 | maxRequestsPerSecond: '2000' | keys.maxRequestsPerSecond | is a text
            maxRequestsPerSecond: 2000 | maxRequestsPerSecond: 1.5 | keys.maxRequestsPerSecond | is a number
            maxRequestsPerSecond: 2000 | maxRequestsPerSecond: 3000000000 | keys.maxRequestsPerSecond | at most 2147483647
            maxRequestsPerSecond: 2000 | maxRequestsPerSecond: 30000000000000000000 | keys.maxRequestsPerSecond | is out of range
            snapshot: initial | snapshot: never | snapshot | expected sweep, incremental or initial
            snapshot: initial | snapshot: true | snapshot | is true or false
            maxDeadLetters: 5 | maxDeadLetters: -1 | maxDeadLetters | at least 0
            verifyBeforeWrite: true | verifyBeforeWrite: 'true' | verifyBeforeWrite | true or false
            verifyBeforeWrite: true | verifyBeforeWrite: yes | verifyBeforeWrite | true or false
            verifyBeforeWrite: true | verifyBeforeWrite: [true] | verifyBeforeWrite | is a list
            maxDeadLetters: 5 | maxDeadLetter: 5 | maxDeadLetter | did you mean maxDeadLetters?
            maxDeadLetters: 5 | name: again | name | is there already, in line 1
            [{what: "RDS snapshots, 35 days", until: 2027-01-31}] | RDS | retirement.backups | is a text
            what: "RDS snapshots, 35 days", | '' | retirement.backups[0].what | is missing
            until: 2027-01-31 | until: 2027-02-30 | retirement.backups[0].until | is no day; expected a day such as
            role/app | user/app | retirement.applicationRoles[0] | ARNs of IAM roles
            public.notes.secret | public.customers.card | retirement.acknowledged[1] | is a column of tables, which is migrated
            public.notes.secret | everything | retirement.acknowledged[1] | a list of application-roles and of columns
            limits: {maxReplicaLag: 30s, maxSlotWal: 512MB, maxLockWaits: 0, maxWriteLatency: off} | limits: off | limits | a mapping with maxReplicaLag
            maxReplicaLag: 30s | maxReplicaLag: 30 | limits.maxReplicaLag | a time such as 500ms, 10s, 5m or 1h, or off
            maxReplicaLag: 30s | maxReplicaLag: 0s | limits.maxReplicaLag | a time such as
            maxReplicaLag: 30s | maxReplicaLag: 30sec | limits.maxReplicaLag | a time such as
            maxReplicaLag: 30s | maxReplicaLag: 1234567h | limits.maxReplicaLag | a time such as
            maxReplicaLag: 30s | maxReplicaLag: [30s] | limits.maxReplicaLag | is a list
            maxReplicaLag: 30s | maxLag: 30s | limits.maxLag | is no key that KeyFerry knows here
            maxSlotWal: 512MB | maxSlotWal: 512mb | limits.maxSlotWal | a size such as 512MB, 4GB or 1TB, or off
            maxSlotWal: 512MB | maxSlotWal: 4GiB | limits.maxSlotWal | a size such as
            maxLockWaits: 0 | maxLockWaits: -1 | limits.maxLockWaits | a number of sessions such as 5, or off
            maxWriteLatency: off | maxWriteLatency: never | limits.maxWriteLatency | a time such as
            http: {host: 0.0.0.0, port: 9464} | http: 9464 | http | is a number
            port: 9464 | port: 65536 | http.port | at most 65535
            port: 9464 | port: '9464' | http.port | is a text
            host: 0.0.0.0 | host: http://localhost/ | http.host | without a port
            host: 0.0.0.0 | host: localhost:9464 | http.host | without a port
            port: 9464 | tokenFile: "" | http.tokenFile | is empty
            port: 9464 | allowedHosts: [] | http.allowedHosts | an empty list
            port: 9464 | allowedHosts: [a.internal, "n:1"] | http.allowedHosts[1] | without a port
            port: 9464 | allowedHosts: [a, a] | http.allowedHosts[1] | the same as
            port: 9464 | prot: 9464 | http.prot | did you mean port?
            broker-1:9092 | broker-1 | kafka.bootstrapServers | host:port
            security.protocol: SSL | group.id: x | kafka.properties.group.id | sets itself
            security.protocol: SSL | main.consumer.isolation.level: x | kafka.properties.main.consumer.isolation.level | sets itself
            security.protocol: SSL | bootstrap.servers: x | kafka.properties.bootstrap.servers | kafka.bootstrapServers
            security.protocol: SSL | a: [b] | kafka.properties.a | is a list
            public.customers | customers | tables[0].table | is not schema.table
            column: card | column: ssn_encrypted | tables[0].columns[1].column | is the same as tables[0].columns[0].column
            column: card | colum: card | tables[0].columns[1].colum | did you mean column?
            encoding: raw | encoding: RAW | tables[0].columns[1].encoding | did you mean raw?
            purpose: ssn | purpose: 7 | tables[0].columns[0].context.purpose | write it in quotes
            purpose: ssn | purpose: 'a}b' | tables[0].columns[0].context.purpose | } without {
            """)
    void refuses(String part, String replacement, String path, String text) {
        ConfigurationException e = refused(with(part, replacement == null ? "" : replacement));

        assertThat(e.problems())
                .filteredOn(problem -> problem.path().equals(path == null ? "" : path))
                .anySatisfy(problem -> assertThat(problem.toString()).contains(text));
        assertThat(e.getMessage()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({"name", "database", "url", "credentials", "keys", "region", "source", "target"})
    void refusesAFileWithoutAPartItMustHave(String key) {
        ConfigurationException e = refused(without(key));

        assertThat(e.problems())
                .anySatisfy(problem -> assertThat(problem.toString()).matches(".*" + key + " .*is missing.*"));
    }

    @Test
    void refusesATargetThatIsASource() {
        ConfigurationException e = refused(with("[" + SOURCE + "]", "[" + SOURCE + ", " + TARGET + "]"));

        assertThat(e.problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).contains("keys.target").contains("is one of the source keys"));
    }

    @Test
    void acceptsKeysOfAnotherAccount() {
        String yaml = with("kms:us-west-2:111122223333:key/1234", "kms:us-west-2:444455556666:key/1234");

        assertThat(MigrationFile.parse(yaml, FOLDER).keys().source()).hasSize(1);
    }

    @Test
    void refusesATableThatIsThereTwice() {
        ConfigurationException e = refused(
                with("maxDeadLetters: 5", "  - {table: public.customers, columns: [{column: a, encoding: hex}]}"));

        assertThat(e.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .startsWith("tables[1].table (line 25): is the same as tables[0].table"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | holds no credentials
            {user: app} | holds no credentials
            {passwordEnv: X} | is missing
            {user: app, passwordEnv: X, passwordFile: y} | holds passwordEnv and passwordFile
            {user: app, secretsManager: "arn:aws:secretsmanager:us-west-2:111122223333:secret:a"} | stands beside secretsManager
            {user: app, passwordEnv: $hunter2} | the name of an environment variable
            {user: app, iam: false} | is false
            {user: app, iam: true, passwordEnv: X} | holds passwordEnv and iam
            {user: app, password: hunter2} | did you mean passwordEnv?
            """)
    void refusesCredentialsOfNoneOrSeveralKinds(String credentials, String text) {
        ConfigurationException e = refused(with("secretsManager: " + SECRET, credentials));

        assertThat(e).hasMessageContaining(text);
        assertThat(e.getMessage()).doesNotContain("hunter2");
    }

    @Test
    void resolvesAnchors() {
        String yaml = with("{customer_id: \"{id}\", purpose: ssn}", "&same {customer_id: \"{id}\"}")
                .replace("encoding: raw", "encoding: raw\n        context: *same");

        List<Migration.Column> columns =
                MigrationFile.parse(yaml, FOLDER).tables().get(0).columns();

        assertThat(columns)
                .allSatisfy(column -> assertThat(column.context().columns()).containsExactly("id"));
    }

    @Test
    void keepsKafkaPropertiesAsTheyAreWritten() {
        String yaml = with("{security.protocol: SSL}", "{a: 007, b: true, c: 1.50, d: \"x\"}");

        assertThat(MigrationFile.parse(yaml, FOLDER).kafka().orElseThrow().properties())
                .isEqualTo(Map.of("a", "007", "b", "true", "c", "1.50", "d", "x"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'name: "hunter2' | line 1
            'a: b: hunter2' | line 1: is not YAML
            'name: *nowhere' | is not YAML
            '' | is empty
            '# nothing' | is empty
            'hunter2' | is a text
            """)
    void refusesWhatIsNoYamlWithoutQuotingIt(String yaml, String text) {
        ConfigurationException e = refused(yaml);

        assertThat(e).hasMessageContaining(text);
        assertThat(e.getMessage()).doesNotContain("hunter2");
        assertThat(e.getCause()).isNull();
    }

    @Test
    void loadsAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("migration.yaml");
        Files.writeString(file, "\uFEFF" + with("secretsManager: " + SECRET, "{user: app, passwordFile: pw}"));

        Migration migration = MigrationFile.load(file, Map.of()).migration();

        assertThat(migration.database().credentials())
                .isEqualTo(new Migration.Credentials.PasswordFile("app", folder.resolve("pw")));
    }

    @Test
    void namesAFileThatCannotBeRead(@TempDir Path folder) throws IOException {
        Path latin = folder.resolve("latin.yaml");
        Files.write(latin, new byte[] {(byte) 0xe4});

        assertThat(loadFailure(folder.resolve("nothing.yaml")))
                .hasMessageContaining("nothing.yaml cannot be used")
                .hasMessageContaining("there is no such file");
        assertThat(loadFailure(folder)).hasMessageContaining("is a folder");
        assertThat(loadFailure(latin)).hasMessageContaining("is not UTF-8");
    }

    private static ConfigurationException loadFailure(Path file) {
        return catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.load(file, Map.of()));
    }

    private static ConfigurationException refused(String yaml) {
        ConfigurationException e =
                catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(yaml, FOLDER));
        assertThat(e).as("refusal of\n" + yaml).isNotNull();
        return e;
    }

    private static Tuple place(String path, int line) {
        return tuple(path, line);
    }
}
