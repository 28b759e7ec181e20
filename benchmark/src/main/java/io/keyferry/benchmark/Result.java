package io.keyferry.benchmark;

import java.util.Optional;

/**
 * One figure.
 *
 * @param name of the benchmark and of what was measured, such as {@code limit/pipeline}
 * @param value empty where it could not be measured
 * @param unit such as {@code values/s}
 * @param goal empty where it is only told
 * @param note what a reader must know to make sense of it, such as the number of rows; may be empty
 */
public record Result(String name, Optional<Double> value, String unit, Optional<Goal> goal, String note) {

    static Result of(String name, double value, String unit, Goal goal, String note) {
        return new Result(name, Optional.of(value), unit, Optional.of(goal), note);
    }

    /** A figure without a goal. */
    static Result of(String name, double value, String unit, String note) {
        return new Result(name, Optional.of(value), unit, Optional.empty(), note);
    }

    /** Why there is no figure. */
    static Result notMeasured(String name, String unit, String why) {
        return new Result(name, Optional.empty(), unit, Optional.empty(), "not measured: " + why);
    }

    /** Whether the goal is met; empty where there is no goal, or no figure. */
    Optional<Boolean> met() {
        return value.flatMap(figure -> goal.map(wanted -> wanted.met(figure)));
    }
}
