package io.keyferry.stream;

import static java.util.stream.Collectors.toMap;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.UnreadableRecordException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.header.Headers;

/**
 * What is under way for one record: a future for every value it brings.
 *
 * @param change empty where the record brings no value or could not be read
 * @param outcomes by column
 * @param readAgain columns whose value or context the change left out, so that the row must be read
 * @param unreadable why the record is no change, or null
 * @param halt why no record like it can be read, or null
 */
record RowWork(
        Optional<Change> change,
        Map<String, CompletableFuture<ColumnOutcome>> outcomes,
        List<String> readAgain,
        String unreadable,
        KeyFerryException halt) {

    /**
     * Starts what the record needs, and returns at once.
     *
     * @throws RegistryUnavailableException where it cannot be read just now
     */
    static RowWork start(ChangeReader reader, Reencryption reencryption, byte[] key, byte[] value, Headers headers) {
        Optional<Change> change;
        try {
            change = reader.read(key, value, headers);
        } catch (UnreadableRecordException e) {
            return new RowWork(Optional.empty(), Map.of(), List.of(), e.getMessage(), null);
        } catch (KeyFerryException e) {
            return new RowWork(Optional.empty(), Map.of(), List.of(), null, e);
        }
        return change.map(row -> start(row, reencryption))
                .orElseGet(() -> new RowWork(Optional.empty(), Map.of(), List.of(), null, null));
    }

    private static RowWork start(Change change, Reencryption reencryption) {
        Map<String, CompletableFuture<ColumnOutcome>> outcomes = new LinkedHashMap<>();
        List<String> readAgain = new ArrayList<>();
        Map<String, String> row = change.row();
        for (Migration.Column column : change.table().columns()) {
            if (!row.containsKey(column.name())) {
                continue;
            }
            String stored = row.get(column.name());
            if (EventText.UNCHANGED.equals(stored)) {
                // Unchanged means that an earlier change under this row key had it. A row that is new under its key,
                // by a change of its primary key, has no earlier one.
                if (change.created()) {
                    readAgain.add(column.name());
                }
            } else if (column.context().columns().stream()
                    .anyMatch(context -> EventText.UNCHANGED.equals(row.get(context)))) {
                readAgain.add(column.name());
            } else {
                outcomes.put(column.name(), start(reencryption, column, stored, row));
            }
        }
        return new RowWork(Optional.of(change), outcomes, readAgain, null, null);
    }

    private static CompletableFuture<ColumnOutcome> start(
            Reencryption reencryption, Migration.Column column, String stored, Map<String, String> row) {
        Map<String, String> context;
        try {
            context = stored == null ? Map.of() : column.context().render(row::get);
        } catch (ContextTemplate.NullContextException e) {
            return CompletableFuture.completedFuture(
                    new ColumnOutcome.Dead(DeadLetter.Reason.NULL_CONTEXT, e.getMessage()));
        }
        return reencryption.apply(stored, column.encoding(), context);
    }

    /** The context columns of this row that the given columns' contexts were made from. */
    Map<String, String> contextOf(java.util.Collection<String> columns) {
        Change row = change.orElseThrow();
        return row.table().columns().stream()
                .filter(column -> columns.contains(column.name()))
                .flatMap(column -> column.context().columns().stream())
                .distinct()
                .filter(column -> row.row().get(column) != null)
                .sorted()
                .collect(toMap(column -> column, column -> row.row().get(column), (a, b) -> a, LinkedHashMap::new));
    }

    /** Whether one of the values failed in a way that making the calls again may cure. */
    boolean failed() {
        return outcomes.values().stream().anyMatch(CompletableFuture::isCompletedExceptionally);
    }
}
