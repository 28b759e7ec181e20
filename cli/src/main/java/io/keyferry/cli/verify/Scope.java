package io.keyferry.cli.verify;

import io.keyferry.database.DatabaseAddress;
import io.keyferry.model.Migration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a verification is about: two of the same scope can be one, begun and gone on with.
 *
 * @param database {@code host:port/name}
 * @param sample rows of a table, spread over it; empty for all
 * @param tables by name: of each column the digest of its settings
 */
record Scope(
        String migration,
        String database,
        Method method,
        OptionalInt sample,
        List<String> regions,
        Map<String, Map<String, String>> tables) {

    static Scope of(
            Migration migration, DatabaseAddress database, Method method, OptionalInt sample, List<String> regions) {
        Map<String, Map<String, String>> tables = new TreeMap<>();
        for (Migration.Table table : migration.tables()) {
            Map<String, String> columns = new TreeMap<>();
            table.columns().forEach(column -> columns.put(column.name(), migration.settings(column)));
            tables.put(table.name().toString(), columns);
        }
        return new Scope(
                migration.name(),
                database.hosts().stream().map(DatabaseAddress.Host::toString).collect(Collectors.joining(",")) + "/"
                        + database.name(),
                method,
                sample,
                List.copyOf(regions),
                tables);
    }

    /** In words, what of the other one is not as here; empty where nothing is. */
    List<String> differences(Scope other) {
        List<String> found = new ArrayList<>();
        compare(found, "the database", other.database, database);
        compare(found, "the method", other.method.word(), method.word());
        compare(found, "the rows", other.rows(), rows());
        compare(found, "the Regions", String.join(", ", other.regions), String.join(", ", regions));
        if (!tables.equals(other.tables)) {
            found.add("tables, columns, contexts or keys in migration.yaml were others");
        }
        return found;
    }

    private static void compare(List<String> found, String what, String there, String here) {
        if (!there.equals(here)) {
            found.add(what + ": " + there + " then, " + here + " now");
        }
    }

    String rows() {
        return sample.isPresent() ? "a sample of " + sample.getAsInt() + " a table" : "all of them";
    }
}
