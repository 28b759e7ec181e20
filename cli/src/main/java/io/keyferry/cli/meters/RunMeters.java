package io.keyferry.cli.meters;

import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.KmsMetrics;
import io.keyferry.model.Migration;
import io.keyferry.model.StageHealth;
import io.keyferry.model.Topics;
import io.keyferry.model.pace.Cause;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/** All that a run measures. Reading it waits for nothing outside this process. Safe for many threads. */
public final class RunMeters implements AutoCloseable {

    private static final String REPORTERS = "metric.reporters";
    /** What Kafka has by default. */
    private static final String JMX = "org.apache.kafka.common.metrics.JmxReporter";

    private final Migration migration;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final KafkaMeters kafka;
    private final ProgressMeters progress;

    public RunMeters(Migration migration, String version) {
        this.migration = migration;
        registry.config().commonTags("migration", migration.name());
        List<MeterBinder> process = List.of(
                new JvmInfoMetrics(),
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new ClassLoaderMetrics(),
                new ProcessorMetrics(),
                new UptimeMetrics(),
                new FileDescriptorMetrics(),
                collections);
        process.forEach(part -> part.bindTo(registry));
        Gauge.builder("keyferry.build.info", () -> 1)
                .description("Always 1")
                .tags("version", version)
                .register(registry);
        kafka = new KafkaMeters(registry);
        progress = new ProgressMeters(migration, registry);
    }

    /** Where stages and KMS register what they measure. */
    public MeterRegistry registry() {
        return registry;
    }

    public ProgressMeters progress() {
        return progress;
    }

    /** The same client properties, by which clients are measured too. */
    public Map<String, Object> kafka(Map<String, Object> properties) {
        Map<String, Object> measured = new HashMap<>(properties);
        measured.put(REPORTERS, properties.getOrDefault(REPORTERS, JMX) + "," + ClientReporter.class.getName());
        measured.put(ClientReporter.METERS, kafka);
        return measured;
    }

    /** Measures the use of KMS. */
    public void kms(KmsConnection kms) {
        requests(kms, "requests", "Requests to KMS, every attempt, those in flight included", KmsMetrics::requests);
        requests(kms, "throttled", "Attempts that KMS throttled", KmsMetrics::throttled);
        requests(kms, "failed", "Other attempts that failed, values that KMS refused included", KmsMetrics::failed);
        Gauge.builder("keyferry.kms.in.flight", () -> kms.metrics().inFlight())
                .description("Attempts that KMS has not answered yet")
                .register(registry);
        Gauge.builder("keyferry.kms.rate.limit", kms::currentRate)
                .description("Requests a second that may leave now: the ceiling, less while KMS throttles")
                .register(registry);
        limits(kms);
    }

    /** Shows which of KMS' limits is felt; those of the database are the sink's. */
    private void limits(KmsConnection kms) {
        for (Cause cause : List.of(Cause.CEILING, Cause.SHARE, Cause.KMS_THROTTLING)) {
            Gauge.builder(
                            "keyferry.limited",
                            () -> kms.limitedBy().filter(cause::equals).isPresent() ? 1 : 0)
                    .description("1 for what limits the rate at present")
                    .tags("cause", cause.word())
                    .register(registry);
        }
    }

    private void requests(KmsConnection kms, String what, String description, ToDoubleFunction<KmsMetrics> count) {
        FunctionCounter.builder("keyferry.kms." + what, kms, open -> count.applyAsDouble(open.metrics()))
                .description(description)
                .register(registry);
    }

    /** Shows whether the operator has the migration stand still. */
    public void paused(BooleanSupplier paused) {
        Gauge.builder("keyferry.paused", () -> paused.getAsBoolean() ? 1 : 0)
                .description("1 while the migration is paused")
                .register(registry);
    }

    /** Shows how a stage is. */
    public void stage(String stage, Supplier<StageHealth> health) {
        Gauge.builder("keyferry.stage.live", () -> health.get().live() ? 1 : 0)
                .description("1 while the stage has not failed")
                .tags("stage", stage)
                .register(registry);
        Gauge.builder("keyferry.stage.ready", () -> health.get().ready() ? 1 : 0)
                .description("1 while the stage does its work, or stands by in good order")
                .tags("stage", stage)
                .register(registry);
    }

    /** Measures how far the stream-processor of this process is behind. */
    public void streamProcessorLag(String stage) {
        // as Streams names the consumer of a thread, which is not the one that restores state
        Pattern consumer = Pattern.compile(
                Pattern.quote(new Topics(migration.name()).streamProcessorGroup()) + "-.*-StreamThread-\\d+-consumer");
        lag(stage, consumer);
    }

    /** Measures how far the sink of this process is behind. */
    public void sinkLag(String stage) {
        // as a consumer of a group is named
        lag(stage, Pattern.compile("consumer-" + Pattern.quote(new Topics(migration.name()).sinkGroup()) + "-\\d+"));
    }

    private void lag(String stage, Pattern consumer) {
        Gauge.builder(
                        "keyferry.lag.records",
                        () -> kafka.lag(id -> consumer.matcher(id).matches()))
                .description("Records that the stage has yet to read in the partitions this process has")
                .tags("stage", stage)
                .register(registry);
    }

    /** Everything, in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    /** How many meters of Kafka clients there are. */
    int kafkaMeters() {
        return kafka.size();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
