package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Changes;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stage on topics that a connector of the user's own fills. */
@Timeout(120)
class ConnectorStageIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static StreamFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new StreamFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    /** A migration whose changes are on the same topics, as a connector has written them. */
    private static Migration migration(String name, Changes.Format format, Optional<Changes.SchemaRegistry> registry) {
        Migration own = fixture.migration(name, 100);
        return new Migration(
                own.name(),
                own.database(),
                own.keys(),
                own.kafka(),
                own.snapshot(),
                own.tables(),
                own.maxDeadLetters(),
                Migration.Http.DEFAULT,
                Optional.of(new Changes(name, "debezium", format, registry, Map.of())));
    }

    @Test
    void aSpoiltRecordIsDeadLetteredAndOneThatASettingMadeHalts() throws Exception {
        Migration migration = migration("spoilt", Changes.Format.JSON, Optional.empty());
        fixture.change(migration, "c", 1, fixture.ssn(fixture.sourceKey, 1, "one"), null);
        fixture.raw(migration, "no key of ours", "no change");
        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();
            fixture.awaitProcessed(migration);

            assertThat(fixture.journal(migration)).hasSize(1);
            assertThat(fixture.deadLetters(migration))
                    .singleElement()
                    .satisfies(letter ->
                            assertThat(letter.columns().get("").reason()).isEqualTo(DeadLetter.Reason.UNREADABLE));

            fixture.change(migration, "u", 1, fixture.ssn(fixture.sourceKey, 1, "two"), "AQIDBP8=");

            assertThatThrownBy(() -> stage.ended().join())
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("spoilt.public.customers:")
                    .hasMessageContaining("column public.customers.card")
                    .hasMessageContaining("Set binary.handling.mode=hex")
                    .hasMessageContaining("--group spoilt.stream-processor");
        }
        assertThat(fixture.deadLetters(migration)).hasSize(1);
        assertThat(fixture.journal(migration)).as("nothing of the record").hasSize(1);
    }

    @Test
    void waitsForARegistryThatDoesNotAnswerAndThenReadsOn() throws Exception {
        try (TestRegistry registry = new TestRegistry()) {
            registry.answer("/schemas/ids/3", registry.confluent(CustomerEvent.SCHEMA));
            registry.status(503);
            Migration migration = migration(
                    "waits",
                    Changes.Format.AVRO,
                    Optional.of(new Changes.SchemaRegistry(registry.url(), Optional.empty(), Optional.empty())));
            for (int id = 0; id < 50; id++) {
                byte[] avro = CustomerEvent.avro(id, fixture.ssn(fixture.sourceKey, id, "text"));
                fixture.send(
                        migration.changeTopic(StreamFixture.CUSTOMERS),
                        id % 8,
                        "any key".getBytes(StandardCharsets.UTF_8),
                        ByteBuffer.allocate(5 + avro.length)
                                .put((byte) 0)
                                .putInt(3)
                                .put(avro)
                                .array());
            }
            try (KmsConnection kms = fixture.kms();
                    StreamProcessorStage stage = fixture.stage(migration, kms)) {
                stage.start();
                await().atMost(LONG).until(() -> registry.requests() > 2);
                assertThat(fixture.journal(migration)).isEmpty();
                assertThat(stage.ended()).isNotDone();
                registry.status(200);
                fixture.awaitProcessed(migration);
            }
            assertThat(fixture.journal(migration)).hasSize(50);
            assertThat(fixture.deadLetters(migration)).isEmpty();
        }
    }
}
