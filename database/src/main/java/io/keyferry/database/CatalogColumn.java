package io.keyferry.database;

/**
 * A column as pg_catalog has it, its domains resolved.
 *
 * @param type the base type as SQL without length, qualified where it is no built-in one
 * @param typeName pg_type.typname of the base type
 * @param builtIn whether the base type is in pg_catalog
 * @param kind pg_type.typtype of the base type
 * @param wholeThousands whether it is a numeric of negative scale, such as numeric(8, -3)
 */
record CatalogColumn(
        String name,
        String type,
        String typeName,
        boolean builtIn,
        char kind,
        boolean notNull,
        boolean wholeThousands,
        boolean generated,
        boolean selectable,
        boolean updatable) {}
