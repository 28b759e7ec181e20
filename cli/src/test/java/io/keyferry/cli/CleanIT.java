package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.cli.kafka.EmbeddedBroker;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry clean}: what it removes, and when it refuses. */
@Timeout(300)
class CleanIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private static SandboxPostgres postgres;
    private static PipelineBench bench;
    private static Place place;

    @BeforeAll
    static void start() {
        postgres = Servers.postgres();
        bench = new PipelineBench();
        place = Place.of(postgres);
    }

    @AfterAll
    static void stop() {
        bench.close();
        postgres.close();
    }

    private Operator operator(String name, String table, Optional<String> servers) throws Exception {
        bench.migrationFile(folder, name, place, table, servers);
        return new Operator(folder, bench.environment(place));
    }

    private static Set<String> topics(String prefix) throws Exception {
        return topics(bench.bootstrapServers(), prefix);
    }

    private static Set<String> topics(String servers, String prefix) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", servers))) {
            Set<String> topics = new TreeSet<>(admin.listTopics().names().get());
            topics.removeIf(topic -> !topic.startsWith(prefix));
            return topics;
        }
    }

    private static void createTopics(String servers, String... names) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(names).stream()
                            .map(name -> new NewTopic(name, 1, (short) 1))
                            .toList())
                    .all()
                    .get();
        }
    }

    private static String remains(String name) throws Exception {
        return place.ask("SELECT (SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + name + "') || ' '"
                + " || (SELECT count(*) FROM pg_publication WHERE pubname = '" + name + "') || ' '"
                + " || (SELECT count(*) FROM pg_replication_origin WHERE roname LIKE '" + name + "%')");
    }

    @Test
    void whatAMigrationHasLeftIsRemovedOnceItIsOver() throws Exception {
        bench.createTable(place, "over", 20);
        place.sql("UPDATE over SET secret = 'no ciphertext' WHERE id = 5");
        Operator operator = operator("over", "over", Optional.of(bench.bootstrapServers()));
        createTopics(bench.bootstrapServers(), "over-there.events");
        try (Running running = bench.start("over", place, "over")) {
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.ONLY_DEAD_LETTERS_REMAIN);
            assertThat(operator.says("clean", "over.yaml", "--force", "--yes").err())
                    .contains("is running");
        }
        Operator.Said refused = operator.says("clean", "over.yaml", "--yes");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("1 value was not under the target key", "--force");
        place.sql("DELETE FROM over WHERE id = 5");
        try (Running running = bench.start("over", place, "over")) {
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
        }
        assertThat(operator.says("clean", "over.yaml").code())
                .as("nobody to ask")
                .isEqualTo(2);
        assertThat(remains("keyferry_over")).isEqualTo("1 1 1");

        JsonNode cleaned =
                operator.says("clean", "over.yaml", "--yes", "--json").json();

        assertThat(cleaned.path("removed").asBoolean()).isTrue();
        assertThat(cleaned.path("slot").asText()).isEqualTo("keyferry_over");
        assertThat(cleaned.path("retainedWalBytes").asLong()).isPositive();
        assertThat(cleaned.path("topics").toString()).contains("over.journal", "over.public.over", "over.progress");
        assertThat(remains("keyferry_over")).isEqualTo("0 0 0");
        assertThat(topics("over")).containsExactly("over-there.events");
        assertThat(Files.readString(folder.resolve("over.audit.jsonl"))).contains("\"action\":\"clean\"");
        assertThat(operator.says("clean", "over.yaml").out()).contains("nothing to remove");
    }

    @Test
    void aCleanGoesOnWhereOneHasFailedAndIsForcedWhereNoSweepHasEnded() throws Exception {
        bench.createTable(place, "half", 20);
        Operator operator = operator("half", "half", Optional.of(bench.bootstrapServers()));
        try (Running running = bench.start("half", place, "half")) {
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
        }
        place.sql("DROP PUBLICATION keyferry_half");
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bench.bootstrapServers()))) {
            admin.deleteTopics(List.of("half.journal", "half.progress")).all().get();
        }

        Operator.Said refused = operator.says("clean", "half.yaml", "--yes");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("no sweep has ended");
        assertThat(operator.says("clean", "half.yaml", "--yes", "--force").code())
                .isZero();

        assertThat(remains("keyferry_half")).isEqualTo("0 0 0");
        assertThat(topics("half.")).isEmpty();
    }

    @Test
    void whatAConnectorOfTheUsersOwnHasStays() throws Exception {
        bench.createTable(place, "own", 1);
        Operator operator = operator("mine", "own", Optional.of(bench.bootstrapServers()));
        Path file = folder.resolve("mine.yaml");
        Files.writeString(file, Files.readString(file) + "changes: {topicPrefix: mine, slot: keyferry_mine}\n");
        place.sql(
                "SELECT pg_create_logical_replication_slot('keyferry_mine', 'pgoutput')",
                "CREATE PUBLICATION keyferry_mine FOR TABLE own",
                "SELECT pg_replication_origin_create('keyferry_mine_1')");
        createTopics(bench.bootstrapServers(), "mine.public.own", "mine.journal", "mine.progress");

        JsonNode cleaned = operator.says("clean", "mine.yaml", "--yes", "--force", "--json")
                .json();

        assertThat(cleaned.path("topics").toString()).contains("mine.journal").doesNotContain("mine.public.own");
        assertThat(remains("keyferry_mine")).isEqualTo("1 1 0");
        assertThat(topics("mine.")).containsExactly("mine.public.own");
        place.sql("SELECT pg_drop_replication_slot('keyferry_mine')");
    }

    @Test
    void theEmbeddedBrokersFolderIsRemovedWithTheLastMigrationInIt() throws Exception {
        bench.createTable(place, "small", 20);
        Operator operator = operator("small", "small", Optional.empty());
        Operator.Said run = operator.says("run", "small.yaml", "--until-done", "--timeout", "100s", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(folder.resolve("keyferry-data")).isDirectory();

        Operator.Said cleaned = operator.says("clean", "small.yaml", "--yes");

        assertThat(cleaned.code()).as(cleaned.err()).isZero();
        assertThat(folder.resolve("keyferry-data")).doesNotExist();
        assertThat(remains("keyferry_small")).isEqualTo("0 0 0");
    }

    @Test
    void aFolderThatHoldsAnotherMigrationStays() throws Exception {
        bench.createTable(place, "shared", 1);
        Operator operator = operator("shared", "shared", Optional.empty());
        Path data = folder.resolve("keyferry-data");
        try (EmbeddedBroker broker = EmbeddedBroker.open(data)) {
            createTopics(broker.bootstrapServers(), "shared.journal", "shared.progress", "neighbour.journal");
        }

        JsonNode cleaned = operator.says("clean", "shared.yaml", "--yes", "--force", "--json")
                .json();

        assertThat(cleaned.path("topics").toString()).contains("shared.journal").doesNotContain("neighbour");
        assertThat(cleaned.path("folder").isNull()).isTrue();
        try (EmbeddedBroker broker = EmbeddedBroker.open(data)) {
            assertThat(topics(broker.bootstrapServers(), "")).containsExactly("neighbour.journal");
        }
    }
}
