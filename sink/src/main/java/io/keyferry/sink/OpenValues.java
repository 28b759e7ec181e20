package io.keyferry.sink;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells which values of a row are not known to be under the target key. Used by one thread. */
final class OpenValues {

    private final Map<Migration.Table, TableLayout> layouts = new LinkedHashMap<>();
    private final ValueSettings settings;
    private final Recognition recognition;
    private final DeadLetterIndex deadLetters;
    private final Set<ByteBuffer> done;

    OpenValues(SweepPass.Parts parts) {
        parts.migration()
                .tables()
                .forEach(table -> parts.layouts().stream()
                        .filter(layout -> layout.name().equals(table.name()))
                        .forEach(layout -> layouts.put(table, layout)));
        settings = new ValueSettings(parts.migration());
        recognition = new Recognition(parts.progress(), parts.migration().keys());
        deadLetters = parts.deadLetters();
        done = parts.done();
    }

    TableLayout layout(Migration.Table table) {
        return layouts.get(table);
    }

    /** Takes over what the other stages have learnt and dead-lettered by now. */
    void learn() {
        recognition.learn();
        deadLetters.readToEnd();
    }

    /** The open ones of a row. */
    List<StoredValue> columns(Migration.Table table, RowReader.Row row) {
        Map<String, String> key = RowReader.key(layout(table), row);
        List<StoredValue> open = new ArrayList<>();
        for (Migration.Column column : table.columns()) {
            // nearly every value is done: what tells it apart from others is made for the rest only
            if (isOpen(column.encoding(), row.columns().get(column.name()))) {
                StoredValue value = value(table, key, column.name(), row);
                if (!isDone(value)) {
                    open.add(value);
                }
            }
        }
        return open;
    }

    /** What a column of a row holds, with its context as it is now. */
    StoredValue value(Migration.Table table, Map<String, String> key, String column, RowReader.Row row) {
        return settings.value(table.name(), key, column, row.columns());
    }

    boolean isOpen(Migration.Table table, StoredValue value) {
        return isOpen(encoding(table, value.column()), value.stored()) && !isDone(value);
    }

    private boolean isOpen(Encoding encoding, String stored) {
        return !encoding.isEmpty(stored) && !recognition.isUnderTarget(encoding, stored);
    }

    private boolean isDone(StoredValue value) {
        return !done.isEmpty() && done.contains(value.fingerprint());
    }

    /** Whether the value is a dead letter, so that feeding it in would not help. */
    boolean isDead(StoredValue value) {
        return deadLetters.holds(value);
    }

    /** Whether its header could tell which key it is under, once that has been learnt. */
    boolean hasHeader(Migration.Table table, StoredValue value) {
        return Recognition.hasHeader(encoding(table, value.column()), value.stored());
    }

    private static Encoding encoding(Migration.Table table, String column) {
        return table.columns().stream()
                .filter(candidate -> candidate.name().equals(column))
                .findAny()
                .orElseThrow()
                .encoding();
    }
}
