package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Migration;
import io.keyferry.model.RecordText;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The rows that dead letters are about, as they are now. Used by one thread. */
public final class LetterRows implements AutoCloseable {

    private final Map<TableName, Migration.Table> tables = new HashMap<>();
    private final Map<TableName, TableLayout> layouts = new HashMap<>();
    private final Connection connection;

    /** What has become of a dead-lettered value. */
    public enum Standing {
        /** The column holds it. */
        HELD,
        /** The column holds another value, or the row is gone. */
        MOVED_ON,
        /** The letter names no row of a migrated table that could be looked for. */
        NO_ROW
    }

    /** @param layouts of the migration's tables */
    public LetterRows(Migration migration, List<TableLayout> layouts, Database database) throws SQLException {
        migration.tables().forEach(table -> tables.put(table.name(), table));
        layouts.forEach(layout -> this.layouts.put(layout.name(), layout));
        connection = database.connect("dead-letters");
        try {
            RowReader.settle(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** By letter, in their order: what has become of the value of each of its columns. */
    public List<Map<String, Standing>> look(List<DeadLetter> letters) throws SQLException {
        Map<JournalEntry.Row, Optional<RowReader.Row>> rows = rows(letters.stream()
                .filter(this::namesRow)
                .map(letter -> new JournalEntry.Row(letter.table(), letter.key()))
                .collect(Collectors.toSet()));
        List<Map<String, Standing>> found = new ArrayList<>();
        for (DeadLetter letter : letters) {
            Map<String, Standing> columns = new LinkedHashMap<>();
            Optional<RowReader.Row> row =
                    rows.getOrDefault(new JournalEntry.Row(letter.table(), letter.key()), Optional.empty());
            letter.columns().forEach((column, dead) -> columns.put(column, standing(letter, column, dead, row)));
            found.add(columns);
        }
        return found;
    }

    private Standing standing(DeadLetter letter, String column, DeadLetter.Column dead, Optional<RowReader.Row> row) {
        if (!namesRow(letter)
                || dead.value() == null
                || tables.get(letter.table()).columns().stream()
                        .noneMatch(migrated -> migrated.name().equals(column))) {
            return Standing.NO_ROW;
        }
        String held = row.map(there -> RecordText.shortened(there.columns().get(column)))
                .orElse(null);
        return held != null
                        && unpadded(letter.table(), column, held).equals(unpadded(letter.table(), column, dead.value()))
                ? Standing.HELD
                : Standing.MOVED_ON;
    }

    /** Of a {@code char(n)}, the padding is the column's: a change event has it, and a row that is read has not. */
    private String unpadded(TableName table, String column, String value) {
        boolean padded = layouts.get(table).column(column).type().equals("bpchar");
        return padded ? value.replaceFirst(" +$", "") : value;
    }

    private boolean namesRow(DeadLetter letter) {
        return letter.table() != null
                && layouts.containsKey(letter.table())
                && Set.copyOf(layouts.get(letter.table()).rowKey())
                        .equals(letter.key().keySet())
                && letter.key().values().stream().allMatch(Objects::nonNull);
    }

    TableLayout layout(TableName table) {
        return layouts.get(table);
    }

    Migration.Table table(TableName table) {
        return tables.get(table);
    }

    /** The rows that are there, of tables that are migrated. */
    Map<JournalEntry.Row, Optional<RowReader.Row>> rows(Set<JournalEntry.Row> wanted) throws SQLException {
        Map<TableName, List<Map<String, String>>> byTable = new HashMap<>();
        wanted.forEach(row ->
                byTable.computeIfAbsent(row.table(), any -> new ArrayList<>()).add(row.key()));
        Map<JournalEntry.Row, Optional<RowReader.Row>> found = new HashMap<>();
        for (Map.Entry<TableName, List<Map<String, String>>> table : byTable.entrySet()) {
            RowReader reader = new RowReader(tables.get(table.getKey()), layouts.get(table.getKey()));
            read(reader, table.getKey(), List.copyOf(new HashSet<>(table.getValue())), found);
        }
        return found;
    }

    private void read(
            RowReader reader,
            TableName table,
            List<Map<String, String>> keys,
            Map<JournalEntry.Row, Optional<RowReader.Row>> found)
            throws SQLException {
        try {
            List<Optional<RowReader.Row>> rows = reader.read(connection, keys);
            for (int i = 0; i < keys.size(); i++) {
                found.put(new JournalEntry.Row(table, keys.get(i)), rows.get(i));
            }
        } catch (SQLException e) {
            if (DatabaseTrouble.of(e) != DatabaseTrouble.DATA) {
                throw e;
            }
            // a key that is no value of its type is the key of no row; the others are looked for without it
            if (keys.size() > 1) {
                int middle = keys.size() / 2;
                read(reader, table, keys.subList(0, middle), found);
                read(reader, table, keys.subList(middle, keys.size()), found);
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
