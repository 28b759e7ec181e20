package io.keyferry.stream;

import io.keyferry.model.RecordText;
import io.keyferry.model.TableName;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells once of each table whose changes are passed over because migration.yaml does not name it: a topic of the user's
 * own may hold several. Safe for many threads.
 */
final class ForeignTables {

    private static final Logger log = LoggerFactory.getLogger(ForeignTables.class);
    /** Names of tables may be anything that a record says. */
    private static final int MOST = 100;

    private final Set<TableName> told = ConcurrentHashMap.newKeySet();

    void passOver(TableName name) {
        if (told.size() < MOST && RecordText.isName(name.toString()) && told.add(name)) {
            log.warn(
                    "Changes of {} are passed over: migration.yaml does not name it. A partition's changes bear the name"
                            + " of the partitioned table where the connector's publication has"
                            + " publish_via_partition_root",
                    name);
        }
    }
}
