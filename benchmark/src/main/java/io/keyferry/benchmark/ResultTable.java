package io.keyferry.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;

/** Figures as people and as scripts read them. */
public final class ResultTable {

    private ResultTable() {}

    public static void print(List<Result> results, PrintStream out) {
        int name = width(results, result -> result.name());
        int value = width(results, ResultTable::value);
        int unit = width(results, Result::unit);
        int goal = width(results, ResultTable::goal);
        for (Result result : results) {
            String met = result.met().map(is -> is ? "✔" : "✘").orElse(" ");
            out.printf(
                    "  %s %-" + name + "s  %" + value + "s %-" + unit + "s  %-" + goal + "s  %s%n",
                    met,
                    result.name(),
                    value(result),
                    result.unit(),
                    goal(result),
                    result.note());
        }
    }

    /** {@code {"results":[{"name":…,"value":…,"unit":…,"goal":…,"met":…,"note":…}]}}; null for what there is none of. */
    public static String json(List<Result> results) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        ArrayNode array = json.putArray("results");
        for (Result result : results) {
            array.addObject()
                    .put("name", result.name())
                    .put("value", result.value().orElse(null))
                    .put("unit", result.unit())
                    .put("goal", result.goal().map(Goal::toString).orElse(null))
                    .put("met", result.met().orElse(null))
                    .put("note", result.note());
        }
        return json.toString();
    }

    private static String value(Result result) {
        return result.value().map(Goal::number).orElse("-");
    }

    private static String goal(Result result) {
        return result.goal().map(Goal::toString).orElse("");
    }

    private static int width(List<Result> results, java.util.function.Function<Result, String> text) {
        return Math.max(
                1, results.stream().map(text).mapToInt(String::length).max().orElse(1));
    }
}
