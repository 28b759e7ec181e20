package io.keyferry.cli.steering;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.model.Control;
import io.keyferry.model.Migration;
import java.util.OptionalInt;

/** What an operator tells a migration, wherever from: as the control topic has it, and in words. */
public record Instruction(Control control) {

    /** @param by who tells it, as {@code user@host} */
    public static Instruction pause(String by) {
        return new Instruction(new Control.Pause(true, by, Operator.now()));
    }

    /** @param by who tells it, as {@code user@host} */
    public static Instruction resume(String by) {
        return new Instruction(new Control.Pause(false, by, Operator.now()));
    }

    /**
     * @param maxRequestsPerSecond at least 1; empty for no throttle
     * @param by who tells it, as {@code user@host}
     */
    public static Instruction throttle(OptionalInt maxRequestsPerSecond, String by) {
        return new Instruction(new Control.Throttle(maxRequestsPerSecond, by, Operator.now()));
    }

    /** What it means, to be told once it holds. */
    public String words(Migration migration) {
        if (control instanceof Control.Throttle throttle) {
            return words(throttle.maxRequestsPerSecond(), migration.keys().maxRequestsPerSecond());
        }
        return ((Control.Pause) control).paused()
                ? "paused: what has been begun is finished within moments, then every stage stands still, until"
                        + " keyferry resume. The replication slot keeps WAL meanwhile."
                : "resumed: every instance goes on where it stopped";
    }

    private static String words(OptionalInt rate, int configured) {
        String ceiling = Figures.count(configured) + " requests/s of migration.yaml";
        if (rate.isEmpty()) {
            return "no throttle any more: at most the " + ceiling;
        }
        return rate.getAsInt() < configured
                ? "throttled to " + Figures.count(rate.getAsInt()) + " requests/s of all instances together, instead of"
                        + " the " + ceiling + ", until keyferry throttle --off"
                : "noted, but it changes nothing: the " + ceiling + " are not raised by a throttle";
    }
}
