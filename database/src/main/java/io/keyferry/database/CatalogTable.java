package io.keyferry.database;

import io.keyferry.model.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A relation as pg_catalog has it, with what the session's role may do.
 *
 * @param kind pg_class.relkind
 * @param persistent whether its changes are in the write-ahead log
 * @param filtered whether row-level security applies to the role
 * @param inherited whether other tables, which are no partitions of it, inherit from it
 * @param partitionOf the tables it is a partition of
 * @param members the tables that hold its rows: itself, or its partitions
 */
record CatalogTable(
        long oid,
        TableName name,
        char kind,
        boolean persistent,
        boolean filtered,
        boolean schemaUsable,
        boolean inherited,
        List<TableName> partitionOf,
        List<CatalogIndex> indexes,
        List<PublishedMember> members,
        Map<String, CatalogColumn> columns) {

    boolean isTable() {
        return kind == 'r' || kind == 'p';
    }

    boolean isPartitioned() {
        return kind == 'p';
    }

    Optional<CatalogIndex> primaryKey() {
        return indexes.stream().filter(CatalogIndex::primary).findFirst();
    }

    Optional<CatalogIndex> index(String indexName) {
        return indexes.stream().filter(index -> index.name().equals(indexName)).findFirst();
    }

    CatalogTable with(
            List<CatalogIndex> itsIndexes, List<PublishedMember> itsMembers, Map<String, CatalogColumn> itsColumns) {
        return new CatalogTable(
                oid,
                name,
                kind,
                persistent,
                filtered,
                schemaUsable,
                inherited,
                partitionOf,
                itsIndexes,
                itsMembers,
                itsColumns);
    }
}
