package io.keyferry.model.file;

import static io.keyferry.model.file.Documents.SOURCE;
import static io.keyferry.model.file.Documents.WHOLE;
import static io.keyferry.model.file.Documents.with;
import static io.keyferry.model.file.Documents.without;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.groups.Tuple.tuple;

import io.keyferry.model.Changes;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class OverridesTest {

    private static final Path FOLDER = Path.of("/etc/keyferry");
    private static final String OTHER_KEY = SOURCE.replace("1234abcd", "9876fedc");

    private static MigrationFile.Loaded loaded(String yaml, String... variables) {
        Map<String, String> environment = new HashMap<>(Map.of("PATH", "/bin", "KEYFERRYX", "1"));
        for (String variable : variables) {
            String[] parts = variable.split("=", 2);
            environment.put(parts[0], parts[1]);
        }
        return MigrationFile.parse(yaml, FOLDER, "migration.yaml", environment);
    }

    private static Migration read(String yaml, String... variables) {
        return loaded(yaml, variables).migration();
    }

    private static ConfigurationException refused(String yaml, String... variables) {
        return catchThrowableOfType(ConfigurationException.class, () -> loaded(yaml, variables));
    }

    @Test
    void everySettingHasAVariable() {
        Map<String, String> environment = new HashMap<>();
        Object document = new Load(LoadSettings.builder().build()).loadFromString(WHOLE);
        Object unusable = replaced(document, "", environment);
        String yaml = new Dump(DumpSettings.builder().build()).dumpToString(unusable);

        assertThat(catchThrowableOfType(ConfigurationException.class, () -> MigrationFile.parse(yaml, FOLDER)))
                .isNotNull();
        assertThat(MigrationFile.parse(yaml, FOLDER, "", environment).migration())
                .usingRecursiveComparison()
                .isEqualTo(MigrationFile.parse(WHOLE, FOLDER));
        assertThat(environment).hasSizeGreaterThan(15);
    }

    /** The document with nothing usable in it, and variables that say the same. */
    private static Object replaced(Object part, String path, Map<String, String> environment) {
        if (part instanceof Map<?, ?> mapping && !path.endsWith("context")) {
            Map<Object, Object> parts = new LinkedHashMap<>();
            mapping.forEach((key, value) ->
                    parts.put(key, replaced(value, path.isEmpty() ? "" + key : path + "." + key, environment)));
            return parts;
        }
        if (part instanceof List<?> list) {
            List<Object> parts = new ArrayList<>();
            list.forEach(element -> parts.add(replaced(element, path + "[" + parts.size() + "]", environment)));
            return parts;
        }
        environment.put(
                Overrides.variable(path),
                new Dump(DumpSettings.builder().build()).dumpToString(part).strip());
        return "-";
    }

    @Test
    void aVariableTakesThePlaceOfWhatTheFileSaysAndTheRestStays() {
        Migration migration = read(
                WHOLE,
                "KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND=50",
                "KEYFERRY_TABLES_0_COLUMNS_1_ENCODING=hex",
                "KEYFERRY_KAFKA_BOOTSTRAP_SERVERS=other:9092");

        assertThat(migration.keys().maxRequestsPerSecond()).isEqualTo(50);
        assertThat(migration.tables().get(0).columns())
                .extracting(Migration.Column::name, Migration.Column::encoding)
                .containsExactly(tuple("ssn_encrypted", Encoding.BASE64), tuple("card", Encoding.HEX));
        assertThat(migration.kafka().orElseThrow().bootstrapServers()).isEqualTo("other:9092");
        assertThat(migration.kafka().orElseThrow().properties()).containsEntry("security.protocol", "SSL");
    }

    @Test
    void aConnectorOfTheUsersOwnIsDescribedByVariablesToo() {
        Changes changes = read(
                        without("snapshot"),
                        "KEYFERRY_CHANGES_TOPIC_PREFIX=shop",
                        "KEYFERRY_CHANGES_SLOT=shop_cdc",
                        "KEYFERRY_CHANGES_FORMAT=avro",
                        "KEYFERRY_CHANGES_SCHEMA_REGISTRY_URL=https://registry",
                        "KEYFERRY_CHANGES_SCHEMA_REGISTRY_USER=keyferry",
                        "KEYFERRY_CHANGES_SCHEMA_REGISTRY_PASSWORD_ENV=KEYFERRY_REGISTRY",
                        "KEYFERRY_REGISTRY=secret",
                        "KEYFERRY_CHANGES_SCHEMA_REGISTRY_IDS=globalId",
                        "KEYFERRY_CHANGES_TOPICS={public.customers: cdc.customers}")
                .changes()
                .orElseThrow();

        assertThat(changes)
                .isEqualTo(new Changes(
                        "shop",
                        "shop_cdc",
                        Changes.Format.AVRO,
                        Optional.of(new Changes.SchemaRegistry(
                                "https://registry",
                                Optional.of(new Migration.Credentials.PasswordEnv("keyferry", "KEYFERRY_REGISTRY")),
                                Optional.of(Changes.Ids.GLOBAL_ID))),
                        Map.of(new TableName("public", "customers"), "cdc.customers")));
    }

    @Test
    void aListIsReplacedAsAWholeAsYamlOrByItsOneElement() {
        assertThat(read(WHOLE, "KEYFERRY_KEYS_SOURCE=[%s, %s]".formatted(SOURCE, OTHER_KEY))
                        .keys()
                        .source())
                .containsExactly(SOURCE, OTHER_KEY);
        assertThat(read(WHOLE, "KEYFERRY_KEYS_SOURCE=" + OTHER_KEY).keys().source())
                .containsExactly(OTHER_KEY);
        assertThat(read(WHOLE, "KEYFERRY_KEYS_SOURCE_0=" + OTHER_KEY).keys().source())
                .containsExactly(OTHER_KEY);
        assertThat(read(without("tables"), "KEYFERRY_TABLES={table: a.b, columns: [{column: c, encoding: raw}]}")
                        .tables())
                .extracting(table -> table.name().toString())
                .containsExactly("a.b");
    }

    @Test
    void anElementThatIsNotThereIsRefused() {
        ConfigurationException e = refused(WHOLE, "KEYFERRY_KEYS_SOURCE_1=" + OTHER_KEY, "KEYFERRY_TABLES_3_TABLE=a.b");

        assertThat(e.problems())
                .extracting(Problem::path, problem -> problem.variable().orElse(""))
                .containsExactly(
                        tuple("keys.source[1]", "KEYFERRY_KEYS_SOURCE_1"),
                        tuple("tables[3]", "KEYFERRY_TABLES_3_TABLE"));
        assertThat(e).hasMessageContaining("the whole list, as YAML, in KEYFERRY_KEYS_SOURCE");
    }

    @Test
    void aSectionThatTheFileDoesNotHaveIsThereWithItsVariables() {
        Migration migration = read(
                without("kafka"),
                "KEYFERRY_KAFKA_BOOTSTRAP_SERVERS=broker:9092",
                "KEYFERRY_KAFKA_PROPERTIES_SECURITY_PROTOCOL=SASL_SSL",
                "KEYFERRY_KAFKA_PROPERTIES_SASL_JAAS_CONFIG=a.Module required user=\"x: #y\";");

        assertThat(migration.kafka().orElseThrow().bootstrapServers()).isEqualTo("broker:9092");
        assertThat(migration.kafka().orElseThrow().properties())
                .isEqualTo(Map.of(
                        "security.protocol", "SASL_SSL", "sasl.jaas.config", "a.Module required user=\"x: #y\";"));
    }

    @Test
    void aSectionIsReplacedAsAWholeAsYamlAndMoreExactVariablesGoBeforeIt() {
        Migration migration = read(
                WHOLE,
                "KEYFERRY_DATABASE_CREDENTIALS={user: app, passwordEnv: KEYFERRY_DB_PASSWORD}",
                "KEYFERRY_DB_PASSWORD=secret",
                "KEYFERRY_KAFKA_PROPERTIES={security.protocol: PLAINTEXT, linger.ms: 3}",
                "KEYFERRY_KAFKA_PROPERTIES_LINGER_MS=4",
                "KEYFERRY_TABLES_0_COLUMNS_1_CONTEXT={customer_id: '{id}'}");

        assertThat(migration.database().credentials())
                .isEqualTo(new Migration.Credentials.PasswordEnv("app", "KEYFERRY_DB_PASSWORD"));
        assertThat(migration.kafka().orElseThrow().properties())
                .isEqualTo(Map.of("security.protocol", "PLAINTEXT", "linger.ms", "4"));
        assertThat(migration.tables().get(0).columns().get(1).context().columns())
                .containsExactly("id");
    }

    @Test
    void aProblemNamesTheVariableInsteadOfTheLine() {
        ConfigurationException e = refused(
                WHOLE,
                "KEYFERRY_KEYS_REGION=",
                "KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND=many",
                "KEYFERRY_KAFKA=[]",
                "KEYFERRY_KAFKA_BOOTSTRAP_SERVERS=b:1",
                "KEYFERRY_TABLES=[{table: a.b, columns: [{column: c, encodign: raw}]}]");

        assertThat(e)
                .hasMessageContaining("migration.yaml, with the variables KEYFERRY_… that override it, cannot be used:")
                .hasMessageContaining("keys.region (KEYFERRY_KEYS_REGION): is empty; expected an AWS Region")
                .hasMessageContaining(
                        "keys.maxRequestsPerSecond (KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND): is a text; expected a")
                .hasMessageContaining("kafka (KEYFERRY_KAFKA): is a list; expected a mapping")
                .hasMessageContaining("tables[0].columns[0].encodign (KEYFERRY_TABLES): is no key that")
                .hasMessageContaining("tables[0].columns[0].encoding (KEYFERRY_TABLES): is missing");
        assertThat(e.problems()).hasSize(5).extracting(Problem::line).containsOnly(0);
    }

    @Test
    void aVariableThatIsNoSettingIsRefusedWithTheOneThatWasMeant() {
        ConfigurationException e = refused(
                with("name: customers-to-mrk", "name: Customers"),
                "KEYFERRY_KEYS_MAX_REQUEST_PER_SECOND=5",
                "KEYFERRY_SOMETHING_ELSE=x",
                "KEYFERRY_KEYS_REGION_=x");

        assertThat(e)
                .hasMessageContaining("name (line 1): does not fit")
                .hasMessageContaining("KEYFERRY_KEYS_MAX_REQUEST_PER_SECOND: is no setting that KeyFerry knows (did you"
                        + " mean KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND?)")
                .hasMessageContaining("KEYFERRY_SOMETHING_ELSE: is no setting that KeyFerry knows; expected")
                .hasMessageContaining("KEYFERRY_KEYS_REGION_: is no setting");
        assertThat(e.problems()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            KEYFERRY_JAVA_OPTS                | -Xmx1g
            KEYFERRY_DOCKER                   | yes
            KEYFERRY_TOKEN                    | 0123456789abcdef
            KEYFERRY_SERVICE_HOST             | 10.0.0.1
            KEYFERRY_SERVICE_PORT             | 8080
            KEYFERRY_SINK_SERVICE_PORT_HTTP   | 8080
            KEYFERRY_PORT                     | tcp://10.0.0.1:8080
            KEYFERRY_KAFKA_PORT               | tcp://10.0.0.1:9092
            KEYFERRY_PORT_8080_TCP            | tcp://10.0.0.1:8080
            KEYFERRY_KAFKA_PORT_9092_TCP_ADDR | 10.0.0.1
            """)
    void whatLauncherAndSchedulersSetIsNoSetting(String variable, String text) {
        MigrationFile.Loaded loaded = loaded(without("kafka"), variable + "=" + text);

        assertThat(loaded.overrides()).isEmpty();
        assertThat(loaded.migration().kafka()).isEmpty();
    }

    @Test
    void tellsWhatIsInForceAndNothingThatMayBeSecret() {
        List<AppliedOverride> overrides = loaded(
                        WHOLE,
                        "KEYFERRY_NAME=other",
                        "KEYFERRY_DATABASE_URL=jdbc:postgresql://db/app?sslpassword=secret",
                        "KEYFERRY_KAFKA_PROPERTIES_SSL_KEY_PASSWORD=secret",
                        "KEYFERRY_KAFKA_BOOTSTRAP_SERVERS=b:1",
                        "KEYFERRY_TABLES_0_COLUMNS_0_CONTEXT={customer_id: '{id}',\n  purpose: ssn}")
                .overrides();

        assertThat(overrides)
                .extracting(AppliedOverride::path, AppliedOverride::variable, AppliedOverride::shown)
                .containsExactly(
                        tuple("database.url", "KEYFERRY_DATABASE_URL", "jdbc:postgresql://db/app?…"),
                        tuple("kafka.bootstrapServers", "KEYFERRY_KAFKA_BOOTSTRAP_SERVERS", "b:1"),
                        tuple(
                                "kafka.properties.ssl.key.password",
                                "KEYFERRY_KAFKA_PROPERTIES_SSL_KEY_PASSWORD",
                                "(not shown)"),
                        tuple("name", "KEYFERRY_NAME", "other"),
                        tuple(
                                "tables[0].columns[0].context",
                                "KEYFERRY_TABLES_0_COLUMNS_0_CONTEXT",
                                "{customer_id: '{id}', purpose: ssn}"));
        assertThat(loaded(WHOLE, "KEYFERRY_KAFKA={bootstrapServers: 'b:1', properties: {ssl.key.password: secret}}")
                        .overrides())
                .extracting(AppliedOverride::shown)
                .containsExactly("(not shown)");
    }

    @Test
    void anEmptyFileCanBeSaidByVariablesAlone() {
        Migration migration = read(
                "{}",
                "KEYFERRY_NAME=small",
                "KEYFERRY_DATABASE_URL=jdbc:postgresql://db/app",
                "KEYFERRY_DATABASE_CREDENTIALS_USER=app",
                "KEYFERRY_DATABASE_CREDENTIALS_PASSWORD_FILE=password",
                "KEYFERRY_KEYS_REGION=us-west-2",
                "KEYFERRY_KEYS_SOURCE=" + SOURCE,
                "KEYFERRY_KEYS_TARGET=" + Documents.TARGET,
                "KEYFERRY_TABLES=[{table: a.b, columns: [{column: c, encoding: raw}]}]");

        assertThat(migration.name()).isEqualTo("small");
        assertThat(migration.database().credentials())
                .isEqualTo(new Migration.Credentials.PasswordFile("app", FOLDER.resolve("password")));
    }
}
