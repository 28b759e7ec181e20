package io.keyferry.cli.meters;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.kafka.common.metrics.KafkaMetric;

/**
 * The metrics of every Kafka client that is open, and of Kafka Streams, by the names that Micrometer's own binders give
 * them. Safe for many threads.
 *
 * <p>Those binders want each client in their hands, have a thread for each, and look for new metrics once a minute. Kafka
 * itself tells of every metric that comes and goes, of clients too that Streams makes and that live for a second.
 */
final class KafkaMeters {

    /** Facts about a client, no measurements. */
    private static final Set<String> FACTS = Set.of("app-info", "kafka-metrics-count");

    private static final String LAG = "records-lag";

    private final MeterRegistry meters;
    private final Map<KafkaMetric, Meter> open = new ConcurrentHashMap<>();
    /** Names of topics in which underscores stand for periods: consumers tell the figures of such a topic under both. */
    private final Set<String> doubled = ConcurrentHashMap.newKeySet();

    KafkaMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    void add(KafkaMetric metric) {
        if (FACTS.contains(metric.metricName().group()) || number(metric) == null) {
            return;
        }
        String topic = topic(metric);
        if (topic.contains(".") && doubled.add(topic.replace('.', '_'))) {
            open.keySet().stream().filter(this::isDouble).forEach(this::remove);
        }
        if (!isDouble(metric)) {
            open.computeIfAbsent(metric, this::register);
        }
    }

    /** A broker refuses two topics whose names differ in this only, so that it is no topic of its own. */
    private boolean isDouble(KafkaMetric metric) {
        return doubled.contains(topic(metric));
    }

    private static String topic(KafkaMetric metric) {
        return metric.metricName().tags().getOrDefault("topic", "");
    }

    void remove(KafkaMetric metric) {
        Meter meter = open.remove(metric);
        if (meter != null) {
            meters.remove(meter);
        }
    }

    private Meter register(KafkaMetric metric) {
        String name = ("kafka." + metric.metricName().group() + "."
                        + metric.metricName().name())
                .replace("-metrics", "")
                .replace('-', '.');
        List<Tag> tags = metric.metricName().tags().entrySet().stream()
                .map(tag -> Tag.of(tag.getKey().replace('-', '.'), tag.getValue()))
                .toList();
        String description = metric.metricName().description();
        if (name.endsWith("total") || name.endsWith("count")) {
            return FunctionCounter.builder(name, metric, KafkaMeters::value)
                    .tags(tags)
                    .description(description)
                    .register(meters);
        }
        return Gauge.builder(name, metric, KafkaMeters::value)
                .tags(tags)
                .description(description)
                .strongReference(true)
                .register(meters);
    }

    private static double value(KafkaMetric metric) {
        Number number = number(metric);
        return number == null ? Double.NaN : number.doubleValue();
    }

    /** Null where it is a text, or is not known yet. */
    private static Number number(KafkaMetric metric) {
        try {
            return metric.metricValue() instanceof Number number ? number : null;
        } catch (RuntimeException e) {
            // one that its client is not ready to tell
            return null;
        }
    }

    /** Records that consumers have yet to read in the partitions they have. */
    double lag(Predicate<String> clientId) {
        return open.keySet().stream()
                .filter(metric -> metric.metricName().name().equals(LAG))
                .filter(metric -> clientId.test(metric.metricName().tags().get("client-id")))
                .mapToDouble(KafkaMeters::value)
                .filter(value -> value > 0)
                .sum();
    }

    /** How many meters there are. */
    int size() {
        return open.size();
    }

    /** In the configuration of clients, which is logged. */
    @Override
    public String toString() {
        return "keyferry";
    }
}
