package io.keyferry.cli.verify;

import io.keyferry.database.Database;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sink.RowReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A few rows, named by their keys: whether each of their values decrypts under the target key, in every Region. */
public final class NamedRows implements AutoCloseable {

    private final Migration migration;
    private final RegionalKeys kms;
    private final ValueCheck check;

    /**
     * One value.
     *
     * @param problem why it does not decrypt, by Region and reason; empty where it does, in every Region
     */
    public record Value(TableName table, Map<String, String> key, String column, Optional<String> problem) {}

    public NamedRows(Migration migration) {
        this.migration = migration;
        List<String> regions = new ArrayList<>(List.of(migration.keys().region()));
        regions.addAll(migration.keys().replicas());
        kms = new RegionalKeys(
                migration.keys(), regions, Method.DECRYPT, migration.keys().maxRequestsPerSecond());
        check = new ValueCheck(migration.keys(), kms);
    }

    /** The Regions that are asked. */
    public List<String> regions() {
        return kms.regions();
    }

    /**
     * Looks at the rows as they are now. A row that is gone has no values, nor has a column that is empty.
     *
     * @param layouts of the migration's tables
     * @param keys row keys by table
     */
    public List<Value> look(
            List<TableLayout> layouts, Database database, Map<TableName, List<Map<String, String>>> keys)
            throws SQLException {
        kms.requireUsable();
        List<Value> values = new ArrayList<>();
        try (Connection connection = database.connect("verify")) {
            RowReader.settle(connection);
            for (Migration.Table table : migration.tables()) {
                TableLayout layout = layouts.stream()
                        .filter(known -> known.name().equals(table.name()))
                        .findAny()
                        .orElseThrow();
                List<Map<String, String>> ofTable = keys.getOrDefault(table.name(), List.of());
                if (!ofTable.isEmpty()) {
                    List<RowReader.Row> rows = new RowReader(table, layout)
                            .read(connection, ofTable).stream()
                                    .flatMap(Optional::stream)
                                    .toList();
                    rows(table, layout, rows, values);
                }
            }
        }
        return values;
    }

    private void rows(Migration.Table table, TableLayout layout, List<RowReader.Row> read, List<Value> values) {
        CheckedRows checked = new CheckedRows(table, check, read);
        KmsAnswer.of(checked.done());
        for (CheckedRows.Row row : checked.rows()) {
            row.verdicts().forEach((column, verdict) -> {
                Verdict found = verdict.join();
                if (!(found instanceof Verdict.Empty)) {
                    values.add(
                            new Value(table.name(), RowReader.key(layout, row.read()), column.name(), problem(found)));
                }
            });
        }
    }

    private static Optional<String> problem(Verdict verdict) {
        return verdict instanceof Verdict.Unreadable unreadable
                ? Optional.of(unreadable.region() + ": " + unreadable.reason() + ": " + unreadable.message())
                : Optional.empty();
    }

    @Override
    public void close() {
        kms.close();
    }
}
