package io.keyferry.benchmark;

import java.util.Locale;

/**
 * What a figure should be.
 *
 * @param sign {@code ≥} or {@code ≤}
 */
public record Goal(String sign, double bound) {

    static Goal atLeast(double bound) {
        return new Goal("≥", bound);
    }

    static Goal atMost(double bound) {
        return new Goal("≤", bound);
    }

    boolean met(double value) {
        return sign.equals("≥") ? value >= bound : value <= bound;
    }

    /** Such as {@code ≥ 4,000} or {@code ≤ 1.2}. */
    @Override
    public String toString() {
        return sign + " " + number(bound);
    }

    /** With as many digits as tell something. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
    }
}
