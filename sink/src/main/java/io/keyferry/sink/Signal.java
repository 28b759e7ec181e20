package io.keyferry.sink;

import io.keyferry.model.pace.Cause;
import java.time.Duration;
import java.util.Locale;

/**
 * How much something suffers at one moment, and how much it may.
 *
 * @param value in milliseconds, bytes or sessions, as the cause has it
 * @param limit in the same unit
 */
record Signal(Cause cause, double value, double limit) {

    private static final long SECOND = Duration.ofSeconds(1).toMillis();

    boolean isOver() {
        return value > limit;
    }

    /** How far it is over, to find the worst. */
    double excess() {
        return value / Math.max(limit, 0.5);
    }

    /** Continues <i>limited by</i>. */
    String words() {
        return cause.words() + " " + amount(value) + " (at most " + amount(limit) + ")";
    }

    private String amount(double amount) {
        return switch (cause) {
            case REPLICA_LAG, WRITE_LATENCY ->
                amount < SECOND ? Math.round(amount) + " ms" : decimal(amount / SECOND) + " s";
            case SLOT_WAL -> amount < 1L << 30 ? decimal(amount / (1 << 20)) + " MB" : decimal(amount / (1 << 30)) + " GB";
            default -> String.valueOf(Math.round(amount));
        };
    }

    private static String decimal(double number) {
        return number < 10 && number != Math.rint(number)
                ? String.format(Locale.ROOT, "%.1f", number)
                : String.format(Locale.ROOT, "%,d", Math.round(number));
    }
}
