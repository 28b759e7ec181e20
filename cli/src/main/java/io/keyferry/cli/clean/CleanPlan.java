package io.keyferry.cli.clean;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** All that a clean removes. */
record CleanPlan(String migration, DatabaseRemains database, KafkaRemains kafka, LastSweep sweep) {

    boolean isEmpty() {
        return database.isEmpty() && kafka.isEmpty();
    }

    /** Why the migration is not over. Where slot and topics are gone, an earlier clean has asked. */
    Optional<String> objection() {
        return database.slot().isEmpty() && kafka.topics().isEmpty() ? Optional.empty() : sweep.objection();
    }

    void print(Console console) {
        database.slot()
                .ifPresent(slot -> console.line("  remove     replication slot " + slot + ", which keeps "
                        + Figures.bytes(database.retained()) + " of write-ahead log"));
        database.publication().ifPresent(name -> console.line("  remove     publication " + name));
        list(console, "origin", database.origins());
        list(console, "group", kafka.groups());
        list(console, "topic", kafka.topics());
        kafka.folder().ifPresent(folder -> console.line("  remove     folder " + folder));
        kafka.unknown()
                .forEach(topic -> console.line("  keep       topic " + topic
                        + ", which no table of migration.yaml has; remove it yourself if it is of this migration"));
        if (kafka.topics().isEmpty()) {
            return;
        }
        console.line("  lost then  the journal (no more `keyferry undo`, and no `keyferry replay` after the database"
                + " is restored from a backup), dead letters, and the accounts");
    }

    private static void list(Console console, String what, Collection<String> names) {
        names.forEach(name -> console.line("  remove     " + what + " " + name));
    }

    /** @param left statements that somebody with more privileges must run */
    ObjectNode json(boolean removed, List<String> left) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("migration", migration)
                .put("removed", removed)
                .put("lastSweep", sweep.ended().map(Object::toString).orElse(null))
                .put("objection", objection().orElse(null))
                .put("slot", database.slot().orElse(null))
                .put("retainedWalBytes", database.retained())
                .put("publication", database.publication().orElse(null));
        add(node.putArray("origins"), database.origins());
        add(node.putArray("groups"), kafka.groups());
        add(node.putArray("topics"), kafka.topics());
        node.put("folder", kafka.folder().map(Object::toString).orElse(null));
        add(node.putArray("leftToRun"), left);
        return node;
    }

    private static void add(ArrayNode array, Collection<String> names) {
        names.forEach(array::add);
    }
}
