package io.keyferry.database;

import java.util.List;

/**
 * An index as pg_catalog has it.
 *
 * @param columns its key columns in order, without those it only includes; null where it indexes an expression
 * @param immediate whether a duplicate is refused at once, rather than at the end of the transaction
 * @param partial whether it leaves rows out
 * @param valid whether it is complete
 */
record CatalogIndex(
        String name,
        List<String> columns,
        boolean primary,
        boolean unique,
        boolean immediate,
        boolean partial,
        boolean valid) {

    boolean hasExpression() {
        return columns.contains(null);
    }
}
