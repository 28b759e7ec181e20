package io.keyferry.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;

/** Figures as people and as scripts read them. */
public final class ResultTable {

    private ResultTable() {}

    public static void print(Report report, PrintStream out) {
        List<Result> results = report.results();
        out.println("  " + report.command() + " on " + report.machine());
        out.println();
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

    /** As docs/performance.md holds it. */
    public static String markdown(Report report) {
        StringBuilder text = new StringBuilder("`" + report.command() + "` on " + report.machine() + ":\n\n");
        text.append("| figure | value | goal | met | |\n|---|--:|---|---|---|\n");
        for (Result result : report.results()) {
            text.append("| ")
                    .append(String.join(
                            " | ",
                            result.name(),
                            result.value().isPresent() ? value(result) + " " + result.unit() : "-",
                            goal(result),
                            result.met().map(is -> is ? "yes" : "**no**").orElse(""),
                            result.note().replace("|", "\\|")))
                    .append(" |\n");
        }
        return text.toString();
    }

    /**
     * {@code {"machine":…,"results":[{"name":…,"value":…,"unit":…,"goal":…,"met":…,"note":…}]}}; null for what there is none
     * of.
     */
    public static String json(Report report) {
        ObjectNode json = new ObjectMapper().createObjectNode().put("machine", report.machine());
        ArrayNode array = json.putArray("results");
        for (Result result : report.results()) {
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
