package io.keyferry.sink;

import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Turns a rewrite round: from the new value to the old one. Only where its keys are those of migration.yaml: the old value
 * must be under a source key that is known to be enabled. And since no new value is under a source key, what has been put
 * back can never be what an older rewrite wrote: an undo goes back by one rewrite at the most.
 */
final class UndoEntries {

    private final Set<String> sources;
    private final String target;

    UndoEntries(Migration.Keys keys) {
        sources = Set.copyOf(keys.source());
        target = keys.target();
    }

    /** A rewrite turned round, without its columns of other keys. */
    record Turned(JournalEntry entry, int ofOtherKeys) {}

    Turned of(ConsumerRecord<byte[], byte[]> record) {
        Rewrite rewrite = JournalFormat.readRewrite(record.value());
        Map<String, Rewrite.Column> columns = new LinkedHashMap<>();
        rewrite.columns().forEach((name, column) -> {
            if (sources.contains(column.sourceKey()) && column.targetKey().equals(target)) {
                columns.put(
                        name,
                        new Rewrite.Column(
                                column.newValue(), column.oldValue(), column.targetKey(), column.sourceKey()));
            }
        });
        return new Turned(
                new JournalEntry(
                        BatchOutputs.position(record),
                        new Rewrite(
                                rewrite.table(),
                                rewrite.key(),
                                rewrite.context(),
                                columns,
                                List.of(),
                                rewrite.source(),
                                rewrite.rewrittenAt())),
                rewrite.columns().size() - columns.size());
    }
}
