package io.keyferry.stream;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import java.util.List;

/**
 * The reader of each topic: what we write is read by our own format, what a connector of the user's own writes by its
 * converter's.
 */
record ChangeReaders(String sweep, ChangeReader own, ChangeReader changes) {

    static ChangeReaders of(Migration migration, List<TableLayout> layouts) {
        ChangeReader own = new ChangeFormat(migration.tables(), layouts);
        ChangeReader changes = migration
                .changes()
                .<ChangeReader>map(connector -> ConnectorFormat.of(connector, migration.tables(), layouts))
                .orElse(own);
        return new ChangeReaders(new Topics(migration.name()).sweep(), own, changes);
    }

    ChangeReader of(String topic) {
        return topic.equals(sweep) ? own : changes;
    }
}
