package io.keyferry.cli.status;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.steering.SteeringJson;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.Counter;
import java.util.ArrayList;
import java.util.List;

/** A migration's status as people and programs read it. */
public final class StatusText {

    private static final int WIDTH = 13;

    private final MigrationStatus status;

    public StatusText(MigrationStatus status) {
        this.status = status;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("  state             " + status.state()
                + status.steering().words().map(told -> "; " + told).orElse(""));
        int name = status.columns().stream()
                .mapToInt(column -> column.name().length())
                .max()
                .orElse(0);
        lines.add("  " + " ".repeat(name)
                + cells("seen", "rewritten", "on target", "superseded", "empty", "dead-letters", "remaining", "per s"));
        status.columns()
                .forEach(column -> lines.add(
                        "  " + column.name() + " ".repeat(name - column.name().length()) + cells(figures(column))));
        if (!status.snapshotComplete()) {
            status.readings()
                    .forEach(reading -> lines.add("  first reading     " + reading.table() + ": "
                            + Figures.count(reading.rows())
                            + (reading.of().isPresent()
                                    ? " of about " + Figures.count(reading.of().getAsLong())
                                    : "")
                            + " rows"
                            + reading.left()
                                    .map(left -> ", " + Figures.duration(left) + " left at this rate")
                                    .orElse("")));
        }
        status.sweep()
                .ifPresent(sweep -> lines.add("  remaining         as sweep " + sweep.number() + " found, ended "
                        + status.sweepEnded().map(Object::toString).orElse("at a time that is not known")));
        lines.add("  source keys       " + sourceKeys());
        lines.add("  changes           " + slot());
        lines.add("  stream-processor  " + group(status.streamProcessor(), "changes"));
        lines.add("  sink              " + group(status.sink(), "rewrites"));
        lines.add("  limited by        " + status.limitedBy());
        lines.add("  until done        " + status.next());
        return lines;
    }

    private static String[] figures(ColumnStatus column) {
        List<String> figures = new ArrayList<>();
        figures.add(Figures.count(column.counts().get(Counter.SEEN)));
        Counter.OUTCOMES.forEach(
                outcome -> figures.add(Figures.count(column.counts().get(outcome))));
        figures.add(
                column.remaining().isPresent()
                        ? Figures.count(column.remaining().getAsLong())
                        : "?");
        figures.add(Figures.count(Math.round(column.perSecond())));
        return figures.toArray(String[]::new);
    }

    private static String cells(String... cells) {
        StringBuilder line = new StringBuilder();
        for (String cell : cells) {
            line.append(Figures.padded(cell, WIDTH));
        }
        return line.toString();
    }

    /** What tells whether the application has been switched. */
    private String sourceKeys() {
        return status.lastSourceKeyWrite()
                .map(last -> "the application last wrote under one at " + last.at() + ", in " + last.column() + " ("
                        + last.key() + ")")
                .orElse("no write of the application's under one has been seen");
    }

    private String slot() {
        if (status.slotTrouble().isPresent()) {
            return "not known: " + status.slotTrouble().get();
        }
        return status.slot()
                .map(slot -> "slot " + slot.name() + (slot.active() ? " is read; " : " is read by nobody; ")
                        + Figures.bytes(slot.retainedBytes()) + " of WAL kept, " + Figures.bytes(slot.behindBytes())
                        + " not handed on" + (slot.isLost() ? "; LOST" : ""))
                .orElse("there is no replication slot yet");
    }

    private static String group(GroupStatus group, String what) {
        return (group.hosts().isEmpty()
                        ? "no member"
                        : group.hosts().size()
                                + (group.hosts().size() == 1 ? " member on " : " members on ")
                                + String.join(
                                        ", ", group.hosts().stream().distinct().toList()))
                + "; " + Figures.count(group.behind()) + " " + what + " to read"
                + group.oldest().map(time -> ", the oldest of " + time).orElse("");
    }

    public ObjectNode json() {
        ObjectNode node = new ObjectMapper()
                .createObjectNode()
                .put("migration", status.migration())
                .put("state", status.state());
        SteeringJson.put(node, status.steering(), status.ceiling());
        node.put("requestsPerSecond", rounded(status.perSecond()))
                .put("snapshotComplete", status.snapshotComplete())
                .put("underWay", status.underWay());
        ArrayNode columns = node.putArray("columns");
        status.columns().forEach(column -> {
            ObjectNode one = columns.addObject()
                    .put("column", column.name())
                    .put("values", column.counts().get(Counter.SEEN));
            ObjectNode outcomes = one.putObject("outcomes");
            Counter.OUTCOMES.forEach(
                    outcome -> outcomes.put(outcome.word(), column.counts().get(outcome)));
            one.put("perSecond", rounded(column.perSecond()));
            if (column.remaining().isPresent()) {
                one.put("remaining", column.remaining().getAsLong());
            } else {
                one.putNull("remaining");
            }
            ObjectNode keys = one.putObject("sourceKeys");
            column.sourceKeys()
                    .byKey()
                    .forEach((key, times) -> keys.putObject(key)
                            .put("lastSeen", times.seen().toString())
                            .put(
                                    "lastWritten",
                                    times.written().map(Object::toString).orElse(null)));
        });
        status.lastSourceKeyWrite()
                .ifPresent(last -> node.putObject("lastSourceKeyWrite")
                        .put("at", last.at().toString())
                        .put("column", last.column())
                        .put("key", last.key()));
        ArrayNode readings = node.putArray("firstReading");
        status.readings().forEach(reading -> {
            ObjectNode one = readings.addObject()
                    .put("table", reading.table().toString())
                    .put("rows", reading.rows());
            one.put("of", reading.of().isPresent() ? (Long) reading.of().getAsLong() : null);
            one.put(
                    "secondsLeft",
                    reading.left().map(left -> (Long) left.toSeconds()).orElse(null));
        });
        status.sweep()
                .ifPresent(sweep -> node.putObject("sweep")
                        .put("number", sweep.number())
                        .put("ended", status.sweepEnded().map(Object::toString).orElse(null)));
        status.slot()
                .ifPresent(slot -> node.putObject("slot")
                        .put("name", slot.name())
                        .put("active", slot.active())
                        .put("lost", slot.isLost())
                        .put("retainedBytes", slot.retainedBytes())
                        .put("behindBytes", slot.behindBytes()));
        status.slotTrouble().ifPresent(trouble -> node.put("slotTrouble", trouble));
        node.set("streamProcessor", json(status.streamProcessor()));
        node.set("sink", json(status.sink()));
        return node.put("limitedBy", status.limitedBy()).put("untilDone", status.next());
    }

    private static ObjectNode json(GroupStatus group) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        ArrayNode members = node.putArray("members");
        group.hosts().forEach(members::add);
        return node.put("behind", group.behind())
                .put("oldest", group.oldest().map(Object::toString).orElse(null));
    }

    private static double rounded(double rate) {
        return Math.round(rate * 10) / 10.0;
    }
}
