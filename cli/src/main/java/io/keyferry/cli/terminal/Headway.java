package io.keyferry.cli.terminal;

import java.time.Duration;
import java.util.OptionalLong;

/** How a count of values gets on, in words: what of it is done, how fast, and how long the rest takes. Used by one thread. */
public final class Headway {

    private static final int BAR = 24;
    private static final Duration RATE_OVER = Duration.ofSeconds(10);

    private final OptionalLong total;
    private final boolean bar;
    private final RateOver rate = new RateOver(RATE_OVER);

    /**
     * @param total how many there are, about; empty where that is not known
     * @param bar whether to draw one, on a terminal
     */
    public Headway(OptionalLong total, boolean bar) {
        this.total = total;
        this.bar = bar;
    }

    /** @param nanos a clock's, which only goes forward */
    public String words(long done, long nanos) {
        double perSecond = rate.after(nanos, done);
        String values = Figures.count(done) + " values, " + Figures.count(Math.round(perSecond)) + "/s";
        return total.isPresent()
                ? part(done, total.getAsLong()) + "  " + values + left(total.getAsLong() - done, perSecond)
                : values;
    }

    private String part(long done, long of) {
        double part = of == 0 ? 1 : Math.min(1, (double) done / of);
        int full = (int) (part * BAR);
        return (bar ? "█".repeat(full) + "░".repeat(BAR - full) + " " : "")
                + Figures.padded(String.valueOf((int) (part * 100)), 3) + "%";
    }

    private static String left(long values, double rate) {
        return values <= 0 || rate < 1
                ? ""
                : ", " + Figures.duration(Duration.ofSeconds(Math.round(values / rate))) + " left";
    }
}
