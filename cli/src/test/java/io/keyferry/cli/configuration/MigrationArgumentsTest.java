package io.keyferry.cli.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MigrationArgumentsTest {

    private static final String YAML = """
            name: customers
            database: {url: "jdbc:postgresql://db/app", credentials: {user: app, passwordEnv: PASSWORD}}
            keys:
              region: us-west-2
              source: [arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab]
              target: arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321
            kafka: {bootstrapServers: "broker:9092"}
            tables: [{table: public.customers, columns: [{column: card, encoding: raw}]}]
            """;
    private static final Migration OWN = MigrationFile.parse(YAML, Path.of("/"));
    private static final Migration CONNECTOR =
            MigrationFile.parse(YAML + "changes: {topicPrefix: shop}\n", Path.of("/"));

    @Test
    void runsAllStagesThatTheMigrationHasWhereNoneIsNamed() {
        MigrationArguments none = MigrationArguments.parse(List.of("migration.yaml"));

        assertThat(none.stages(OWN))
                .containsExactlyInAnyOrder(StageName.SNAPSHOT, StageName.STREAM_PROCESSOR, StageName.SINK);
        assertThat(none.stages(CONNECTOR)).containsExactlyInAnyOrder(StageName.STREAM_PROCESSOR, StageName.SINK);
    }

    @Test
    void runsThoseNamed() {
        assertThat(MigrationArguments.parse(List.of("sink")).stages(CONNECTOR)).containsExactly(StageName.SINK);
    }

    @Test
    void refusesTheSnapshotStageWhereAConnectorOfTheUsersOwnTakesItsPlace() {
        MigrationArguments snapshot = MigrationArguments.parse(List.of("snapshot", "sink"));

        assertThat(snapshot.stages(OWN)).hasSize(2);
        assertThatThrownBy(() -> snapshot.stages(CONNECTOR))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no snapshot stage to run");
    }
}
