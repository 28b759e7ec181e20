package io.keyferry.cli.meters;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;

/**
 * Passes on what one client measures, until it is closed. Kafka makes it by its class; the meters reach it as a
 * configuration entry. Debezium's offset store is the one client without: its configuration goes through Debezium, as text.
 */
public final class ClientReporter implements MetricsReporter {

    static final String METERS = "keyferry.meters";

    private final Set<KafkaMetric> mine = ConcurrentHashMap.newKeySet();
    private KafkaMeters meters;

    @Override
    public void configure(Map<String, ?> configs) {
        meters = configs.get(METERS) instanceof KafkaMeters given ? given : null;
    }

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        if (meters != null && mine.add(metric)) {
            meters.add(metric);
        }
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {
        if (meters != null && mine.remove(metric)) {
            meters.remove(metric);
        }
    }

    @Override
    public void close() {
        List.copyOf(mine).forEach(this::metricRemoval);
    }
}
