package io.keyferry.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a migration of what is there now will take: a request to KMS for every value, or three where each is verified.
 *
 * @param values in all tables, about; those of tables whose size the server does not know yet are left out
 * @param complete whether no table was left out
 * @param requestsPerValue to KMS
 */
record Estimate(long values, boolean complete, int maxRequestsPerSecond, int requestsPerValue) {

    /** Amazon's list price of requests with symmetric keys: 0.03 USD for 10,000. The free ones are not taken off. */
    private static final double USD_PER_REQUEST = 0.03 / 10_000;

    /** A change and a rewrite, with their keys: about what a value of 200 bytes of plaintext makes of them. */
    private static final long BYTES_PER_VALUE = 2500;

    static Estimate of(Migration migration, Map<TableName, OptionalLong> sizes) {
        return new Estimate(
                sizes.values().stream().mapToLong(size -> size.orElse(0)).sum(),
                sizes.values().stream().allMatch(OptionalLong::isPresent),
                migration.keys().maxRequestsPerSecond(),
                migration.requestsPerValue());
    }

    long topicBytes() {
        return values * BYTES_PER_VALUE;
    }

    long requests() {
        return values * requestsPerValue;
    }

    double usd() {
        return requests() * USD_PER_REQUEST;
    }

    Duration atTheCeiling() {
        return Duration.ofMillis(requests() * 1000 / maxRequestsPerSecond);
    }

    @Override
    public String toString() {
        return (complete ? "" : "at least ") + Figures.count(values) + " values: "
                + (requestsPerValue == 1 ? "as many" : Figures.count(requests())) + " KMS requests, "
                + String.format(Locale.ROOT, "%.2f", usd()) + " USD at the list price of 0.03 for 10,000, and "
                + Figures.duration(atTheCeiling()) + " at " + Figures.count(maxRequestsPerSecond) + " requests/s";
    }

    ObjectNode json() {
        return new ObjectMapper()
                .createObjectNode()
                .put("values", values)
                .put("complete", complete)
                .put("kmsRequests", requests())
                .put("usd", Math.round(usd() * 100) / 100.0)
                .put("seconds", atTheCeiling().toSeconds())
                .put("topicBytes", topicBytes());
    }
}
