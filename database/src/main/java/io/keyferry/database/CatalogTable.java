package io.keyferry.database;

import io.keyferry.model.TableName;
import java.util.List;
import java.util.Map;

/**
 * A relation as pg_catalog has it, with what the session's role may do.
 *
 * @param kind pg_class.relkind
 * @param persistent whether its changes are in the write-ahead log
 * @param filtered whether row-level security applies to the role
 * @param primaryKey its columns in order; empty where there is none
 */
record CatalogTable(
        long oid,
        TableName name,
        char kind,
        boolean persistent,
        boolean filtered,
        boolean schemaUsable,
        List<String> primaryKey,
        Map<String, CatalogColumn> columns) {

    boolean isTable() {
        return kind == 'r' || kind == 'p';
    }
}
