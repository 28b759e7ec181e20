package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.pace.AdaptiveRate;
import io.keyferry.model.pace.Cause;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How many rows this sink may apply now, and why no more: slower while the database suffers beyond its limits. Safe for
 * many threads: one applies, one tells of signals, others ask.
 */
final class SinkPace {

    /** Slow enough to harm nobody, fast enough for live writes to get through. */
    private static final double FLOOR = 10;
    /** A replica that is behind catches up within some seconds, if at all. */
    private static final Duration CUT_PAUSE = Duration.ofSeconds(3);
    /** Signals come every second; one that is missing is not yet good news. */
    private static final Duration HOLD = Duration.ofSeconds(2);

    private static final long MEASURE_OVER = Duration.ofSeconds(5).toNanos();

    private final Optional<Duration> maxWriteLatency;
    private final LongSupplier nanos;
    private final AdaptiveRate rate;
    private final Deque<Applied> applied = new ArrayDeque<>();
    private long slowestWrite;
    private Optional<Signal> worst = Optional.empty();
    private boolean over;

    private record Applied(long at, int rows) {}

    SinkPace(Migration.Limits limits, LongSupplier nanos) {
        maxWriteLatency = limits.maxWriteLatency();
        this.nanos = nanos;
        rate = AdaptiveRate.unlimited(FLOOR, CUT_PAUSE, HOLD, nanos.getAsLong());
    }

    /** How many of so many rows may be applied now: 0 where they have to wait. */
    synchronized int admit(int rows) {
        long now = nanos.getAsLong();
        int admitted = rate.take(rows, now);
        if (admitted > 0) {
            applied.addLast(new Applied(now, admitted));
            forget(now);
        }
        return admitted;
    }

    /** How long until a row may be applied. */
    synchronized Duration untilNext() {
        return rate.untilNext(nanos.getAsLong());
    }

    /** A statement has been carried out. */
    synchronized void wrote(long statementNanos) {
        slowestWrite = Math.max(slowestWrite, statementNanos);
    }

    /** Tells how the database is at present, about once a second. */
    synchronized void told(List<Signal> ofDatabase) {
        List<Signal> signals = new ArrayList<>(ofDatabase);
        maxWriteLatency.ifPresent(
                limit -> signals.add(new Signal(Cause.WRITE_LATENCY, slowestWrite / 1e6, limit.toMillis())));
        slowestWrite = 0;
        Optional<Signal> now = signals.stream().filter(Signal::isOver).max(Comparator.comparingDouble(Signal::excess));
        over = now.isPresent();
        now.ifPresent(signal -> {
            worst = now;
            rate.cut(signal.cause(), measured(), nanos.getAsLong());
        });
    }

    private double measured() {
        forget(nanos.getAsLong());
        return applied.stream().mapToLong(Applied::rows).sum() / (MEASURE_OVER / 1e9);
    }

    private void forget(long now) {
        while (!applied.isEmpty() && now - applied.getFirst().at() > MEASURE_OVER) {
            applied.removeFirst();
        }
    }

    /** Rows a second that may be applied now; endless where there is no limit. */
    synchronized double rate() {
        return rate.current(nanos.getAsLong());
    }

    synchronized Optional<Cause> limitedBy() {
        return rate.limitedBy(nanos.getAsLong());
    }

    /** What limits it now, to follow <i>limited by</i>; empty where nothing does. */
    synchronized Optional<String> limit() {
        return limitedBy().map(cause -> {
            String rows = String.format(Locale.ROOT, ": %,d rows/s", Math.round(rate()));
            return worst.filter(signal -> over).map(Signal::words).orElse(cause.words() + " of late") + rows;
        });
    }
}
