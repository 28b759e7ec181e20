package io.keyferry.stream;

import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import java.util.Map;

/**
 * One Debezium event of a migrated table: the row as it is after the change.
 *
 * @param key the row key as text that PostgreSQL casts to the columns' types, in the row key's order
 * @param row encrypted and context columns the event carries, as text; null for NULL, {@link EventText.UNCHANGED}
 *     for a TOASTed value that it leaves out
 * @param created whether the row appears under this key with the change, as it does after a primary-key change too
 */
record Change(
        Migration.Table table,
        Map<String, String> key,
        Map<String, String> row,
        boolean created,
        Rewrite.Source source) {}
