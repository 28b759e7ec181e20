package io.keyferry.sink;

import static io.keyferry.sink.Rewrites.ssn;
import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PipelineBacklogIT {

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
    void countsWhatTheSinkAndTheStreamProcessorHaveYetToCommit() throws Exception {
        TableName table = fixture.customers("queued", 5);
        Migration migration = fixture.customersMigration("queued", table);
        AtomicLong nanos = new AtomicLong();
        try (GroupProgress groups = new GroupProgress(fixture.kafkaProperties())) {
            PipelineBacklog backlog = new PipelineBacklog(migration, groups, nanos::get);
            assertThat(backlog.count(false)).isZero();

            // while partitions are kept, and not asked for
            fixture.raw(new Topics(migration.name()).sweep(), new byte[] {1}, new byte[] {1});
            for (int id = 1; id <= 5; id++) {
                fixture.journal(migration, ssn(table, id));
            }
            assertThat(backlog.count(false)).isEqualTo(6);
            assertThat(backlog.count(true))
                    .as("none of it is a marker, or was aborted")
                    .isEqualTo(6);

            fixture.applyAll(migration);
            assertThat(backlog.count(false))
                    .as("nobody reads the sweep's topic here")
                    .isEqualTo(1);
        }
    }
}
