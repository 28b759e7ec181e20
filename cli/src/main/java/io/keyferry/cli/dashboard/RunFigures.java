package io.keyferry.cli.dashboard;

import io.keyferry.cli.terminal.RateOver;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.KmsMetrics;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Steering;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** What a run knows by itself, for its dashboard. One thread updates it about once a second, others read what it was then. */
public final class RunFigures {

    private static final Duration RATE_OVER = Duration.ofMinutes(1);

    private final Map<TableName, OptionalLong> values;
    private final int configured;
    private final KmsConnection kms;
    private final Supplier<Steering> steering;
    private final Map<TableName, RateOver> rates = new HashMap<>();
    private final RateHistory history = new RateHistory();
    private volatile Now now;

    /**
     * What was so at one moment.
     *
     * @param pace requests to KMS and what limits the rate, in words
     * @param trouble what keeps the stages waiting, in words
     * @param history the oldest first
     */
    record Now(
            Instant at,
            List<TableProgress> tables,
            String pace,
            Optional<String> trouble,
            List<RateHistory.Sample> history) {}

    /**
     * @param values about how many each table holds; empty where it is not known
     * @param configured requests a second that migration.yaml allows to all instances together
     */
    public RunFigures(
            Map<TableName, OptionalLong> values, int configured, KmsConnection kms, Supplier<Steering> steering) {
        this.values = values;
        this.configured = configured;
        this.kms = kms;
        this.steering = steering;
        values.keySet().forEach(table -> rates.put(table, new RateOver(RATE_OVER)));
        now = new Now(Instant.now(), List.of(), "", Optional.empty(), List.of());
    }

    /** @param cause the word of what limits the rate */
    public void update(Map<TableName, Counts> counts, String pace, Optional<String> cause, Optional<String> trouble) {
        long nanos = System.nanoTime();
        Instant at = Instant.now();
        List<TableProgress> tables = new ArrayList<>();
        values.forEach((table, of) -> {
            Counts counted = counts.getOrDefault(table, Counts.NONE);
            tables.add(new TableProgress(table, counted, of, rates.get(table).after(nanos, counted.settled())));
        });
        Counts all = counts.values().stream().reduce(Counts.NONE, Counts::plus);
        KmsMetrics asked = kms.metrics();
        history.update(
                at,
                new RateHistory.Totals(
                        nanos, all.settled(), all.get(Counter.FORWARDED), asked.requests(), asked.throttled()),
                steering.get().ceiling(configured),
                cause.orElse(""));
        now = new Now(at, tables, pace, trouble, history.samples());
    }

    Now now() {
        return now;
    }

    /** As it is now, and not at the last update. */
    KmsMetrics kms() {
        return kms.metrics();
    }

    /** Requests a second that this process may make now. */
    double kmsRate() {
        return kms.currentRate();
    }

    /** As it is now. */
    Steering steering() {
        return steering.get();
    }
}
