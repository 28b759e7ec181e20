package io.keyferry.cli.dashboard;

import io.keyferry.model.Counts;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a table is.
 *
 * @param of about how many values there were when the run began; empty where it is not known
 * @param perSecond values that have come to an outcome, over the last minute
 */
record TableProgress(TableName table, Counts counts, OptionalLong of, double perSecond) {

    /** What the application writes meanwhile counts too, so that there may be more than there were. */
    Optional<Duration> left() {
        long values = of.orElse(0) - counts.settled();
        return values <= 0 || perSecond < 1
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(Math.round(values / perSecond)));
    }
}
