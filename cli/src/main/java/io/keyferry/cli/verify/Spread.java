package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Which rows of a table are its sample: in the order of the row key, one of every so many. A table that has more rows than
 * it was taken for is sampled on at the same density, so that none of its parts is left out.
 *
 * @param rows the table has, about; at least as many as are wanted
 * @param wanted how many rows the sample is to have
 * @param phase from 0 to below 1: where in each part of the table its row is
 * @param taken how many there are already
 */
record Spread(long rows, int wanted, double phase, long taken) {

    static Spread over(long rows, int wanted, double phase) {
        return new Spread(Math.max(rows, wanted), wanted, phase, 0);
    }

    /** How many rows to pass over from the last one that was taken, or from the beginning. */
    long skip() {
        return place(taken) - (taken == 0 ? 0 : place(taken - 1) + 1);
    }

    private long place(long number) {
        return (long) ((number + phase) * rows / wanted);
    }

    Spread next() {
        return new Spread(rows, wanted, phase, taken + 1);
    }

    ObjectNode json() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("rows", rows)
                .put("wanted", wanted)
                .put("phase", phase)
                .put("taken", taken);
    }

    static Spread of(JsonNode node) {
        return new Spread(
                node.path("rows").asLong(),
                node.path("wanted").asInt(),
                node.path("phase").asDouble(),
                node.path("taken").asLong());
    }
}
