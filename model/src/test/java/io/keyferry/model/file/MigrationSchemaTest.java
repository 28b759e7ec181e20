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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.keyferry.model.Changes;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MigrationSchemaTest {

    private static final Path FOLDER = Path.of("/etc/keyferry");
    private static final String TEXT = schemaText();
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(TEXT, InputFormat.JSON);

    static Stream<String> goodDocuments() {
        String secret = "secretsManager: " + SECRET;
        String url = "jdbc:postgresql://db.internal:5432/app?sslmode=verify-full";
        return Stream.of(
                WHOLE,
                without("kafka"),
                without("properties"),
                without("replicas"),
                without("maxRequests"),
                without("maxDeadLetters"),
                without("verifyBeforeWrite"),
                with("verifyBeforeWrite: true", "verifyBeforeWrite: false"),
                without("snapshot"),
                with("snapshot: initial", "snapshot: sweep"),
                with("snapshot: initial", "snapshot: incremental"),
                without("context"),
                with(secret, "{user: app, passwordEnv: APP_PASSWORD}"),
                with(secret, "{user: app, passwordFile: ../password}"),
                with(secret, "{user: app, iam: true}"),
                with(url, "jdbc:postgresql:app"),
                with(url, "jdbc:postgresql:///app"),
                with(url, "jdbc:postgresql://[::1]:5433,b,c:1/app?user_is=no&ssl=true"),
                with(url, "jdbc:postgresql://[fe80::1%eth0]/b%C3%BCro?a=%25"),
                with("[" + SOURCE + "]", "[" + SOURCE + ", " + SOURCE.replace("1234abcd", "5678abcd") + "]"),
                with("{security.protocol: SSL}", "{}"),
                with("{security.protocol: SSL}", "{linger.ms: 5, a: true, sasl.jaas.config: \"x y;\"}"),
                with("public.customers", "'Sales.\"Order.Lines\"'"),
                with("public.customers", "public.customers\n    rowKey: customers number key"),
                with("{customer_id: \"{id}\", purpose: ssn}", "{}"),
                with("purpose: ssn", "purpose: 'a{{b}}{c}d'"),
                with("purpose: ssn", "purpose: '{{{a}}}'"),
                with("purpose: ssn", "purpose: ''"),
                with("encoding: raw", "encoding: hex"),
                with("encoding: raw", "encoding: base64url"),
                with("maxDeadLetters: 5", "maxDeadLetters: 0"),
                without("http"),
                with("host: 0.0.0.0, port: 9464", ""),
                with("port: 9464", "port: 0"),
                with("host: 0.0.0.0", "host: 'db-1.internal'"),
                with("host: 0.0.0.0", "host: '::1'"),
                with("port: 9464", "tokenFile: token"),
                with("port: 9464", "allowedHosts: [keyferry.internal, 'fe80::1']"),
                without("limits"),
                without("retirement"),
                without("backups"),
                without("applicationRoles"),
                without("acknowledged"),
                with("[{what: \"RDS snapshots, 35 days\", until: 2027-01-31}]", "[]"),
                with("role/app", "role/service-role/app.one+two"),
                with("public.notes.secret", "'Sales.\"Order.Lines\".a b'"),
                with("maxReplicaLag: 30s, maxSlotWal: 512MB, maxLockWaits: 0, maxWriteLatency: off", ""),
                with("maxReplicaLag: 30s", "maxReplicaLag: 5m"),
                with("maxSlotWal: 512MB", "maxSlotWal: off"),
                with("maxLockWaits: 0", "maxLockWaits: off"),
                with("maxWriteLatency: off", "maxWriteLatency: 250ms"),
                with("maxWriteLatency: off", "maxWriteLatency: 'off'"),
                withChanges("", ""),
                withChanges("  slot: shop_cdc\n", ""),
                withChanges("ids: contentId", "ids: globalId"),
                withChanges(", user: keyferry, passwordEnv: REGISTRY", ""),
                withChanges("passwordEnv: REGISTRY", "passwordFile: registry"),
                withChanges("https://registry.internal:8081", "http://apicurio:8080/apis/registry/v3"),
                without("snapshot") + "changes: {topicPrefix: shop}",
                without("snapshot") + "changes: {topicPrefix: shop, format: json}",
                with("snapshot: initial", "snapshot: sweep") + "changes: {topicPrefix: shop}");
    }

    @ParameterizedTest
    @MethodSource("goodDocuments")
    void bothAccept(String yaml) {
        assertThat(refusalOf(yaml)).isNull();
        assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).isEmpty();
    }

    static Stream<String> badDocuments() {
        String secret = "secretsManager: " + SECRET;
        String region = "region: us-west-2";
        return Stream.of(
                "[]",
                "text",
                without("name"),
                without("database"),
                without("url"),
                without("credentials"),
                without("keys"),
                without("region"),
                without("source"),
                without("target"),
                without("bootstrapServers"),
                without("tables"),
                without("- table"),
                without("encoding"),
                with("name: customers", "name: Customers"),
                with("name: customers", "name: 1customers"),
                with("name: customers-to-mrk", "name: 1"),
                with("name: customers-to-mrk", "name:"),
                with("name: customers-to-mrk", "name: a2345678901234567890123456789012345678901"),
                with("public.customers", "public.customers\n    rowKey: ''"),
                with("public.customers", "public.customers\n    rowKey: [id]"),
                with("snapshot: initial", "snapshot: never"),
                with("snapshot: initial", "snapshot: Sweep"),
                with("snapshot: initial", "snapshot: true"),
                with("snapshot: initial", "snapshot:"),
                with("maxDeadLetters: 5", "maxDeadLetter: 5"),
                with("maxDeadLetters: 5", "maxDeadLetters: -1"),
                with("verifyBeforeWrite: true", "verifyBeforeWrite: 'true'"),
                with("verifyBeforeWrite: true", "verifyBeforeWrite: 1"),
                with("maxDeadLetters: 5", "maxDeadLetters: many"),
                with("jdbc:postgresql", "jdbc:mysql"),
                with("5432/app", "5432/"),
                with("5432/app", "5432"),
                with("5432/app", "x/app"),
                with("5432/app", "5432/a%zz"),
                with("sslmode=verify-full", "a=1%"),
                with("5432/app", "0/app"),
                with("db.internal", "app@db.internal"),
                with("sslmode=verify-full", "user=a"),
                with("sslmode=verify-full", "a=b&password=c"),
                with("sslmode=verify-full", "PGPORT=1"),
                with(secret, "{}"),
                with(secret, "{user: app}"),
                with(secret, "{passwordEnv: X}"),
                with(secret, "{user: app, passwordEnv: X, passwordFile: y}"),
                with(secret, "{user: app, passwordEnv: 'a b'}"),
                with(secret, "{user: app, passwordFile: ''}"),
                with(secret, "{user: '', passwordFile: x}"),
                with(secret, "{user: app, password: x}"),
                with(secret, "{iam: true}"),
                with(secret, "{user: app, iam: false}"),
                with(secret, "{user: app, iam: true, passwordEnv: X}"),
                with(secret, "{user: app, secretsManager: '" + SECRET + "'}"),
                with(secret, "{passwordEnv: X, secretsManager: '" + SECRET + "'}"),
                with(secret, "secretsManager: app-db"),
                with(region, "region: here"),
                with("[" + SOURCE + "]", "[]"),
                with("[" + SOURCE + "]", SOURCE),
                with("[" + SOURCE + "]", "[" + SOURCE + ", " + SOURCE + "]"),
                with(SOURCE, SOURCE.replaceAll("key/.*", "alias/app")),
                with(SOURCE, SOURCE.replace("111122223333", "1111")),
                with(SOURCE, "1234abcd-12ab-34cd-56ef-1234567890ab"),
                with(TARGET, TARGET.replace("mrk-", "")),
                with(TARGET, SOURCE.replace("1234abcd", "5678abcd")),
                with(TARGET, TARGET.replace("kms", "sqs")),
                with("[us-east-1]", "[]"),
                with("[us-east-1]", "[us-east-1, us-east-1]"),
                with("[us-east-1]", "[east]"),
                with("[us-east-1]", "us-east-1"),
                with("maxRequestsPerSecond: 2000", "maxRequestsPerSecond: 0"),
                with("maxRequestsPerSecond: 2000", "maxRequestsPerSecond: 1.5"),
                with("maxRequestsPerSecond: 2000", "maxRequestsPerSecond: 3000000000"),
                with("broker-1:9092", "broker-1"),
                with("{security.protocol: SSL}", "[]"),
                with("{security.protocol: SSL}", "{a: }"),
                with("{security.protocol: SSL}", "{a: {b: c}}"),
                with("{host: 0.0.0.0, port: 9464}", "9464"),
                with("port: 9464", "port: 65536"),
                with("port: 9464", "port: -1"),
                with("port: 9464", "port: '9464'"),
                with("port: 9464", "prot: 9464"),
                with("host: 0.0.0.0", "host: ''"),
                with("host: 0.0.0.0", "host: 'localhost:9464'"),
                with("host: 0.0.0.0", "host: '[::1]'"),
                with("maxReplicaLag: 30s", "maxReplicaLag: 30"),
                with("maxReplicaLag: 30s", "maxReplicaLag: 0s"),
                with("maxSlotWal: 512MB", "maxSlotWal: 512"),
                with("maxSlotWal: 512MB", "maxSlotWal: 4gb"),
                with("maxLockWaits: 0", "maxLockWaits: -1"),
                with("maxLockWaits: 0", "maxLockWaits: few"),
                with("maxWriteLatency: off", "maxWriteLatency: true"),
                with("what: \"RDS snapshots, 35 days\", ", ""),
                with("until: 2027-01-31", "until: 31.1.2027"),
                with("until: 2027-01-31", "until: 2027"),
                with("until: 2027-01-31", "till: 2027-01-31"),
                with("[arn:aws:iam::111122223333:role/app]", "[]"),
                with("iam::111122223333:role/app", "sts::111122223333:assumed-role/app/me"),
                with("public.notes.secret", "public.notes"),
                with("public.notes.secret", "application-roles"),
                with("public.customers", "customers"),
                with("public.customers", "a.b.c"),
                with("column: card", "colum: card"),
                with("column: card", "column: ''"),
                with("encoding: raw", "encoding: base46"),
                with("purpose: ssn", "purpose: 7"),
                with("purpose: ssn", "purpose: '{'"),
                with("purpose: ssn", "purpose: '{}'"),
                with("purpose: ssn", "purpose: 'a}'"),
                with("purpose: ssn", "purpose: '{a}}'"),
                with("purpose: ssn", "purpose: '{a{{b}'"),
                WHOLE + CHANGES,
                without("kafka").replace("snapshot: initial", "") + CHANGES,
                withChanges("  topicPrefix: shop\n", ""),
                withChanges("topicPrefix: shop", "topicPrefix: 'a b'"),
                withChanges("slot: shop_cdc", "slot: Shop"),
                withChanges("slot: shop_cdc", "slott: shop"),
                withChanges("format: avro", "format: protobuf"),
                withChanges("format: avro", "format: json"),
                withChanges("https://registry.internal:8081", "registry.internal:8081"),
                withChanges("https://registry.internal:8081", "https://me:pw@registry.internal:8081"),
                withChanges("url: https://registry.internal:8081, ", ""),
                withChanges("user: keyferry, ", ""),
                withChanges(", passwordEnv: REGISTRY", ""),
                withChanges("passwordEnv: REGISTRY", "passwordEnv: REGISTRY, passwordFile: x"),
                withChanges("ids: contentId", "ids: versionId"),
                withChanges("cdc.customers", "'a b'"),
                without("snapshot") + "changes: {topicPrefix: shop, format: avro}",
                without("snapshot") + "changes:",
                without("snapshot") + "changes: {}");
    }

    @ParameterizedTest
    @MethodSource("badDocuments")
    void bothRefuse(String yaml) {
        assertThat(refusalOf(yaml)).isNotNull();
        assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).isNotEmpty();
    }

    @Test
    void bothRefuseTheKafkaPropertiesThatKeyFerrySetsItself() {
        for (String prefix : List.of("", "consumer.", "main.consumer.", "producer.")) {
            for (String property : KafkaSection.OWN) {
                String yaml = with("security.protocol", prefix + property);

                assertThat(refusalOf(yaml)).as(prefix + property).isNotNull();
                assertThat(SCHEMA.validate(yaml, InputFormat.YAML))
                        .as(prefix + property)
                        .isNotEmpty();
            }
        }
    }

    static Stream<Arguments> placesOfKeys() {
        return Stream.of(
                Arguments.of("", "name: customers-to-mrk", "zzzzzzzz: 1"),
                Arguments.of("/properties/database", "  credentials:", "  zzzzzzzz: 1\n  credentials:"),
                Arguments.of("/$defs/credentials", "secretsManager: " + SECRET, "zzzzzzzz: 1"),
                Arguments.of("/properties/keys", "region: us-west-2", "zzzzzzzz: 1"),
                Arguments.of("/properties/kafka", "bootstrapServers: ", "zzzzzzzz: "),
                Arguments.of("/properties/http", "port: 9464", "zzzzzzzz: 9464"),
                Arguments.of("/properties/limits", "maxLockWaits: 0", "zzzzzzzz: 0"),
                Arguments.of("/properties/retirement", "acknowledged:", "zzzzzzzz:"),
                Arguments.of("/properties/retirement/properties/backups/items", "until:", "zzzzzzzz:"),
                Arguments.of("/$defs/table", "table: public", "zzzzzzzz: public"),
                Arguments.of("/$defs/column", "column: card", "zzzzzzzz: card"),
                Arguments.of("/properties/changes", "snapshot: initial", "changes: {topicPrefix: a, zzzzzzzz: 1}"),
                Arguments.of(
                        "/properties/changes/properties/schemaRegistry",
                        "snapshot: initial",
                        "changes: {topicPrefix: a, format: avro, schemaRegistry: {url: http://r, zzzzzzzz: 1}}"));
    }

    /** The parser tells the keys it knows wherever it finds one that it does not. */
    @ParameterizedTest
    @MethodSource("placesOfKeys")
    void bothKnowTheSameKeys(String pointer, String part, String replacement) throws IOException {
        String expected = refusalOf(with(part, replacement)).problems().stream()
                .filter(problem -> problem.path().endsWith("zzzzzzzz"))
                .map(Problem::expected)
                .findFirst()
                .orElseThrow();

        JsonNode object = new ObjectMapper().readTree(TEXT).at(pointer);
        Set<String> properties = new TreeSet<>();
        object.get("properties").fieldNames().forEachRemaining(properties::add);

        assertThat(expected).isEqualTo("one of " + String.join(", ", properties));
        assertThat(object.get("additionalProperties").booleanValue()).isFalse();
    }

    /** Together with {@link #placesOfKeys}: no object of the schema is left out there. */
    @Test
    void everyClosedObjectOfTheSchemaIsCompared() throws IOException {
        assertThat(closedObjects(new ObjectMapper().readTree(TEXT)))
                .isEqualTo(placesOfKeys().count());
    }

    @Test
    void theDefaultsAreTheSame() throws IOException {
        JsonNode schema = new ObjectMapper().readTree(TEXT);
        Migration migration = MigrationFile.parse(without("maxRequests"), FOLDER);
        Migration.Http http = MigrationFile.parse(without("http"), FOLDER).http();

        assertThat(schema.at("/properties/keys/properties/maxRequestsPerSecond/default")
                        .intValue())
                .isEqualTo(migration.keys().maxRequestsPerSecond());
        Changes changes = MigrationFile.parse(without("snapshot") + "changes: {topicPrefix: shop}", FOLDER)
                .changes()
                .orElseThrow();
        assertThat(schema.at("/properties/changes/properties/slot/default").textValue())
                .isEqualTo(changes.slot());
        assertThat(schema.at("/properties/changes/properties/format/default").textValue())
                .isEqualTo(changes.format().word());
        assertThat(schema.at("/properties/snapshot/default").textValue()).isEqualTo(SnapshotMode.DEFAULT.word());
        assertThat(schema.at("/properties/maxDeadLetters/default").longValue())
                .isEqualTo(Migration.DEFAULT_MAX_DEAD_LETTERS);
        assertThat(schema.at("/properties/verifyBeforeWrite/default").booleanValue())
                .isEqualTo(MigrationFile.parse(without("verifyBeforeWrite"), FOLDER)
                        .verifyBeforeWrite());
        StringBuilder limits = new StringBuilder("limits:\n");
        schema.at("/properties/limits/properties")
                .properties()
                .forEach(limit -> limits.append("  ")
                        .append(limit.getKey())
                        .append(": ")
                        .append(limit.getValue().get("default").asText())
                        .append('\n'));
        assertThat(MigrationFile.parse(without("limits") + limits, FOLDER).limits())
                .isEqualTo(Migration.Limits.DEFAULT);
        assertThat(schema.at("/properties/limits/properties")).hasSize(4);
        assertThat(schema.at("/properties/http/properties/host/default").textValue())
                .isEqualTo(http.host());
        assertThat(schema.at("/properties/http/properties/port/default").intValue())
                .isEqualTo(http.port());
    }

    private static long closedObjects(JsonNode node) {
        long count = node.path("additionalProperties").isBoolean() ? 1 : 0;
        for (Iterator<JsonNode> parts = node.elements(); parts.hasNext(); ) {
            count += closedObjects(parts.next());
        }
        return count;
    }

    private static ConfigurationException refusalOf(String yaml) {
        try {
            MigrationFile.parse(yaml, FOLDER);
            return null;
        } catch (ConfigurationException e) {
            return e;
        }
    }

    private static String schemaText() {
        try (InputStream in = Migration.class.getResourceAsStream("migration.schema.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
