package io.keyferry.database;

import io.keyferry.model.TableName;
import java.util.Optional;

/**
 * A table that holds rows of a migrated one, itself or a partition, and by what the server identifies an old row of it
 * once it is published. Where that is by nothing, the application's own UPDATEs would fail.
 *
 * @param kind pg_class.relkind
 * @param persistent whether its changes are in the write-ahead log
 * @param identity pg_class.relreplident
 * @param index the index that identifies an old row, or null
 * @param virtualColumn whether it has a generated column that is not stored
 */
record PublishedMember(
        TableName name, char kind, boolean persistent, char identity, String index, boolean virtualColumn) {

    private static final String NOT_UPDATABLE = " once published, the application could not update it: ";

    /**
     * What keeps it from being published without harm, and what to do.
     *
     * @param rowKey the unique index that takes the place of the primary key, or empty
     * @param primaryKey whether there is a primary key
     */
    Optional<String> problem(Optional<String> rowKey, boolean primaryKey) {
        if (kind == 'f') {
            return Optional.of("its partition " + name + " is a foreign table, whose changes cannot be followed: detach"
                    + " it, and run KeyFerry against the server that holds its rows");
        }
        if (!persistent) {
            return Optional.of(
                    "is unlogged or temporary, so that its changes cannot be followed: " + alter("SET LOGGED"));
        }
        if (identity == 'f') {
            return virtualColumn
                    ? Optional.of("has REPLICA IDENTITY FULL and a virtual generated column, so" + NOT_UPDATABLE
                            + alter("REPLICA IDENTITY " + (primaryKey ? "DEFAULT" : usingIndex(rowKey))))
                    : Optional.empty();
        }
        if (rowKey.isPresent() && !primaryKey) {
            return rowKey.get().equals(index)
                    ? Optional.empty()
                    : Optional.of("its old rows are not identified by index " + rowKey.get() + ", so" + NOT_UPDATABLE
                            + alter("REPLICA IDENTITY " + usingIndex(rowKey)));
        }
        if (index != null) {
            return Optional.empty();
        }
        // with the default identity only a deferrable one leads here
        String identityToSet = identity == 'd' ? "FULL" : "DEFAULT";
        String reason = identity == 'd' ? "its primary key is deferrable" : "it has no replica identity that works";
        return primaryKey
                ? Optional.of(reason + ", so" + NOT_UPDATABLE + alter("REPLICA IDENTITY " + identityToSet))
                : Optional.empty();
    }

    private static String usingIndex(Optional<String> rowKey) {
        return "USING INDEX " + rowKey.map(TableName::quote).orElse("<a unique index>");
    }

    private String alter(String how) {
        return "ALTER TABLE " + name.quoted() + " " + how;
    }
}
