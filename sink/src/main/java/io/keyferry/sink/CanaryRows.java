package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A few rows that go the whole way before all others do. */
public final class CanaryRows {

    /** Among so many rows of a table those are looked for that hold a value. */
    public static final int LOOKED_AT = 10_000;

    private static final int CHUNK = 1000;

    private CanaryRows() {}

    /**
     * Feeds in the first rows of each table in the order of the row key, as the sweep feeds rows in.
     *
     * @param layouts of the migration's tables
     * @param kafka client properties
     * @param rows of each table, at the most
     * @return the row keys by table, all of them acknowledged by Kafka, and with the number of values in them
     */
    public static Fed feed(
            Migration migration, List<TableLayout> layouts, Database database, Map<String, Object> kafka, int rows)
            throws SQLException {
        SweepFormat format = new SweepFormat(new Topics(migration.name()).sweep());
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        Map<TableName, List<Map<String, String>>> keys = new TreeMap<>();
        long values = 0;
        try (Connection connection = database.connect("canary")) {
            RowReader.settle(connection);
            for (Migration.Table table : migration.tables()) {
                TableLayout layout = layouts.stream()
                        .filter(known -> known.name().equals(table.name()))
                        .findAny()
                        .orElseThrow();
                List<Map<String, String>> ofTable = new ArrayList<>();
                for (RowReader.Row row : first(connection, table, layout, rows)) {
                    List<String> held = held(table, row);
                    records.add(format.record(layout, row, held, table.contextColumns()));
                    ofTable.add(RowReader.key(layout, row));
                    values += held.size();
                }
                keys.put(table.name(), ofTable);
            }
        }
        try (Feeder feeder = new Feeder(kafka)) {
            feeder.send(records);
        }
        return new Fed(keys, values);
    }

    /**
     * What has been fed in.
     *
     * @param keys row keys by table
     * @param values encrypted values in these rows
     */
    public record Fed(Map<TableName, List<Map<String, String>>> keys, long values) {

        public Fed {
            keys = Map.copyOf(keys);
        }
    }

    private static List<RowReader.Row> first(
            Connection connection, Migration.Table table, TableLayout layout, int wanted) throws SQLException {
        RowReader reader = new RowReader(table, layout);
        List<RowReader.Row> found = new ArrayList<>();
        Map<String, String> after = null;
        for (int looked = 0; looked < LOOKED_AT && found.size() < wanted; looked += CHUNK) {
            List<RowReader.Row> rows = reader.next(connection, after, CHUNK);
            rows.stream()
                    .filter(row -> !held(table, row).isEmpty())
                    .limit(wanted - found.size())
                    .forEach(found::add);
            if (rows.size() < CHUNK) {
                break;
            }
            after = RowReader.key(layout, rows.get(rows.size() - 1));
        }
        return found;
    }

    /** The encrypted columns that hold something. */
    private static List<String> held(Migration.Table table, RowReader.Row row) {
        return table.columns().stream()
                .map(Migration.Column::name)
                .filter(column -> {
                    String stored = row.columns().get(column);
                    return stored != null && !stored.isEmpty();
                })
                .collect(Collectors.toList());
    }
}
