package io.keyferry.cli.meters;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.http.Exposition;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunMetersTest {

    private static final TableName TABLE = new TableName("public", "customers");
    private static final Map<String, String> COLUMN = Map.of("table", "public.customers", "column", "ssn");
    private static final ColumnName SSN = new ColumnName(TABLE, "ssn");

    private final RunMeters meters = new RunMeters(
            new Migration(
                    "customers",
                    null,
                    null,
                    Optional.empty(),
                    SnapshotMode.DEFAULT,
                    List.of(new Migration.Table(
                            TABLE, List.of(new Migration.Column("ssn", Encoding.BASE64, ContextTemplate.NONE)))),
                    10),
            "test");

    @AfterEach
    void close() {
        meters.close();
    }

    private Exposition scrape() {
        return Exposition.parse(meters.scrape());
    }

    private void update(Counts counts) {
        meters.progress().update(Map.of(SSN, counts), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Nothing listens there, and a client that is opened and closed does not mind. */
    private void openAndCloseClients() {
        Map<String, Object> properties = meters.kafka(Map.of("bootstrap.servers", "127.0.0.1:1"));
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                Admin admin = Admin.create(properties)) {
            assertThat(producer.metrics()).isNotEmpty();
            assertThat(consumer.metrics()).isNotEmpty();
            assertThat(admin.metrics()).isNotEmpty();
            assertThat(meters.kafkaMeters()).isGreaterThan(100);
            producer.close(Duration.ZERO);
        }
    }

    @Test
    void aHundredRestartsOfClientsLeaveNoMeterBehind() {
        openAndCloseClients();
        for (int n = 0; n < 100; n++) {
            restart(n);
        }

        assertThat(meters.kafkaMeters()).isZero();
        assertThat(meters.registry().getMeters())
                .noneMatch(meter -> meter.getId().getName().startsWith("kafka"));
        assertThat(meters.scrape()).doesNotContain("kafka");
    }

    /** What a client is to its reporter. */
    private void restart(int n) {
        ClientReporter reporter = new ClientReporter();
        reporter.configure(meters.kafka(Map.of()));
        try (Metrics client = new Metrics(new MetricConfig(), List.of(reporter), Time.SYSTEM)) {
            for (String name : List.of("records-lag", "records-consumed-total")) {
                MetricName metric = client.metricName(name, "consumer-metrics", Map.of("client-id", "consumer-" + n));
                client.addMetric(metric, (config, now) -> 1);
                client.removeMetric(metric);
                client.addMetric(metric, (config, now) -> 2);
            }
            assertThat(meters.scrape()).contains("kafka_consumer_records_lag{client_id=\"consumer-" + n + "\"");
        }
    }

    @Test
    void countsTheLagOfATopicOnceAlthoughConsumersTellItTwice() {
        meters.sinkLag("sink");
        ClientReporter reporter = new ClientReporter();
        reporter.configure(meters.kafka(Map.of()));

        try (Metrics client = new Metrics(new MetricConfig(), List.of(reporter), Time.SYSTEM)) {
            for (String topic : List.of("customers_journal", "customers.journal")) {
                for (String partition : List.of("0", "1")) {
                    client.addMetric(
                            client.metricName(
                                    "records-lag",
                                    "consumer-fetch-manager-metrics",
                                    Map.of(
                                            "client-id",
                                            "consumer-customers.sink-4",
                                            "topic",
                                            topic,
                                            "partition",
                                            partition)),
                            (config, now) -> 21);
                }
            }

            assertThat(scrape().sum("keyferry_lag_records", Map.of("stage", "sink")))
                    .isEqualTo(42);
            assertThat(scrape().samples("kafka_consumer_fetch_manager_records_lag", Map.of()))
                    .extracting(sample -> sample.labels().get("topic"))
                    .containsOnly("customers.journal");
        }
    }

    @Test
    void keepsAUsersOwnReporters() {
        assertThat(meters.kafka(Map.of("metric.reporters", "a.B")).get("metric.reporters"))
                .isEqualTo("a.B," + ClientReporter.class.getName());
        assertThat(meters.kafka(Map.of()).get("metric.reporters").toString())
                .startsWith("org.apache.kafka.common.metrics.JmxReporter,");
    }

    @Test
    void tellsEveryOutcomeOfEveryColumnFromTheStart() {
        Exposition exposition = scrape();

        assertThat(exposition.sum("keyferry_seen_total", COLUMN)).isZero();
        assertThat(exposition.samples("keyferry_values_total", COLUMN))
                .extracting(sample -> sample.labels().get("outcome"))
                .containsExactlyInAnyOrder("rewritten", "alreadyTarget", "superseded", "empty", "deadLettered");
        assertThat(exposition.samples("keyferry_seen_total", Map.of("migration", "customers")))
                .hasSize(1);
        assertThat(exposition.help("keyferry_values_total")).contains("whole migration");
    }

    @Test
    void aCounterNeverGoesBackAndTheGaugeTellsWhatIsDeadLetteredNow() {
        update(Counts.NONE.with(Counter.SEEN, 3).with(Counter.DEAD_LETTERED, 3));
        update(Counts.NONE.with(Counter.SEEN, 3).with(Counter.DEAD_LETTERED, 1).with(Counter.REWRITTEN, 2));

        Exposition exposition = scrape();
        assertThat(exposition.sum("keyferry_values_total", Map.of("outcome", "deadLettered")))
                .isEqualTo(3);
        assertThat(exposition.sum("keyferry_values_total", Map.of("outcome", "rewritten")))
                .isEqualTo(2);
        assertThat(exposition.sum("keyferry_dead_lettered_values", COLUMN)).isEqualTo(1);
    }

    @Test
    void tellsOfNoSweepBeforeTheFirstAndThenWhatItFound() {
        assertThat(scrape().types().keySet()).noneMatch(name -> name.startsWith("keyferry_sweep"));

        Instant ended = Instant.parse("2026-01-02T03:04:05Z");
        Progress.Sweep found = new Progress.Sweep(4, true, Map.of("public.customers.ssn", 7L), 5);
        meters.progress().update(Map.of(), Optional.empty(), Optional.of(found), Optional.of(ended));

        Exposition exposition = scrape();
        assertThat(exposition.sum("keyferry_sweep_number")).isEqualTo(4);
        assertThat(exposition.sum("keyferry_sweep_ended_timestamp_seconds")).isEqualTo(ended.getEpochSecond());
        assertThat(exposition.sum("keyferry_sweep_remaining_values", COLUMN)).isEqualTo(7);
        assertThat(exposition.sum("keyferry_sweep_dead_lettered_values")).isEqualTo(5);
        assertThat(exposition.sum("keyferry_sweep_drained")).isZero();

        Progress.Sweep clean = new Progress.Sweep(5, true, Map.of(), 0);
        meters.progress().update(Map.of(), Optional.empty(), Optional.of(clean), Optional.of(ended));
        assertThat(scrape().sum("keyferry_sweep_remaining_values")).isZero();
        assertThat(scrape().sum("keyferry_sweep_drained")).isEqualTo(1);
    }

    @Test
    void showsHowAStageIs() {
        meters.stage("sink", () -> StageHealth.waiting("the database is away"));

        assertThat(scrape().sum("keyferry_stage_live", Map.of("stage", "sink"))).isEqualTo(1);
        assertThat(scrape().sum("keyferry_stage_ready", Map.of("stage", "sink")))
                .isZero();
        assertThat(meters.scrape()).doesNotContain("database is away");
    }
}
