package io.keyferry.cli.dashboard;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.http.HealthReport;
import io.keyferry.cli.status.StatusText;
import io.keyferry.cli.steering.SteeringJson;
import io.keyferry.cli.terminal.Version;
import io.keyferry.kms.KmsMetrics;
import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import io.keyferry.model.Steering;
import java.time.Instant;
import java.util.Locale;

/** What the page reads: docs/dashboard.md has its shape. */
final class DashboardJson {

    private final Migration migration;
    private final ObjectNode node = new ObjectMapper().createObjectNode();

    DashboardJson(Migration migration) {
        this.migration = migration;
        node.put("migration", migration.name())
                .put("version", Version.number())
                .put("at", Instant.now().toString());
        ObjectNode limits = node.putObject("limits").put("maxDeadLetters", migration.maxDeadLetters());
        migration.limits().maxSlotWal().ifPresent(bytes -> limits.put("maxSlotWal", bytes));
    }

    void putHealth(HealthReport health) {
        ObjectNode stages = node.putObject("stages");
        health.stages()
                .forEach((name, stage) -> stages.putObject(name)
                        .put("live", stage.live())
                        .put("ready", stage.ready())
                        .put("detail", stage.detail()));
    }

    void putVerdict(Verdict verdict, Steering steering) {
        node.putObject("verdict").put("level", verdict.level().word()).put("text", verdict.text());
        int configured = migration.keys().maxRequestsPerSecond();
        ObjectNode told = node.putObject("steering").put("configuredRequestsPerSecond", configured);
        SteeringJson.put(told, steering, steering.ceiling(configured));
    }

    void putFigures(RunFigures figures) {
        RunFigures.Now now = figures.now();
        node.put("figuresAt", now.at().toString()).put("pace", now.pace());
        now.trouble().ifPresent(trouble -> node.put("trouble", trouble));
        ArrayNode tables = node.putArray("tables");
        now.tables().forEach(table -> tables.add(json(table)));
        KmsMetrics kms = figures.kms();
        node.putObject("kms")
                .put("requests", kms.requests())
                .put("throttled", kms.throttled())
                .put("failed", kms.failed())
                .put("inFlight", kms.inFlight())
                .put("ratePerSecond", rounded(figures.kmsRate()));
        ObjectNode history = node.putObject("history").put("everySeconds", RateHistory.EVERY.toSeconds());
        ArrayNode samples = history.putArray("samples");
        now.history()
                .forEach(sample -> samples.addArray()
                        .add(sample.at().getEpochSecond())
                        .add(rounded(sample.values()))
                        .add(rounded(sample.reEncrypted()))
                        .add(rounded(sample.requests()))
                        .add(rounded(sample.throttled()))
                        .add(sample.ceiling())
                        .add(sample.limit()));
    }

    private static ObjectNode json(TableProgress table) {
        ObjectNode one = new ObjectMapper()
                .createObjectNode()
                .put("table", table.table().toString())
                .put("values", table.counts().settled())
                .put("perSecond", rounded(table.perSecond()))
                .put("deadLettered", table.counts().get(Counter.DEAD_LETTERED));
        one.put("of", table.of().isPresent() ? (Long) table.of().getAsLong() : null);
        one.put("secondsLeft", table.left().map(left -> (Long) left.toSeconds()).orElse(null));
        return one;
    }

    void putSeen(OutsideLook.Seen seen) {
        ObjectNode outside = node.putObject("outside");
        seen.at().ifPresent(at -> outside.put("at", at.toString()));
        seen.trouble().ifPresent(trouble -> outside.put("trouble", trouble));
        seen.status().ifPresent(status -> outside.set("status", new StatusText(status).json()));
        seen.letters().ifPresent(letters -> outside.set("deadLetters", letters));
        if (!seen.readiness().isEmpty()) {
            ArrayNode readiness = outside.putArray("readiness");
            seen.readiness()
                    .forEach(item -> readiness
                            .addObject()
                            .put("name", item.name())
                            .put(
                                    "state",
                                    item.state().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .put("text", item.text()));
        }
    }

    private static double rounded(double rate) {
        return Math.round(rate * 10) / 10.0;
    }

    String text() {
        return node.toString();
    }
}
