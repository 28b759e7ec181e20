package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A rewrite and where on the journal it was read. */
record JournalEntry(DeadLetter.Position position, Rewrite rewrite) {

    /** What identifies the row. */
    record Row(TableName table, Map<String, String> key) {}

    Row row() {
        return new Row(rewrite.table(), rewrite.key());
    }

    /** All columns it is about: those to be written, and those to be read again. */
    Stream<String> columns() {
        return Stream.concat(rewrite.columns().keySet().stream(), rewrite.readAgain().stream())
                .distinct();
    }

    /** The same entry with only these of its columns. */
    JournalEntry only(Set<String> columns) {
        Map<String, Rewrite.Column> kept = new LinkedHashMap<>(rewrite.columns());
        kept.keySet().retainAll(columns);
        return new JournalEntry(
                position,
                new Rewrite(
                        rewrite.table(),
                        rewrite.key(),
                        rewrite.context(),
                        kept,
                        rewrite.readAgain(),
                        rewrite.replayed(),
                        rewrite.source(),
                        rewrite.rewrittenAt()));
    }

    /** The same entry without these columns, neither to be written nor to be read again. */
    JournalEntry without(Set<String> columns) {
        Map<String, Rewrite.Column> kept = new LinkedHashMap<>(rewrite.columns());
        kept.keySet().removeAll(columns);
        return new JournalEntry(
                position,
                new Rewrite(
                        rewrite.table(),
                        rewrite.key(),
                        rewrite.context(),
                        kept,
                        rewrite.readAgain().stream()
                                .filter(column -> !columns.contains(column))
                                .toList(),
                        rewrite.replayed(),
                        rewrite.source(),
                        rewrite.rewrittenAt()));
    }
}
