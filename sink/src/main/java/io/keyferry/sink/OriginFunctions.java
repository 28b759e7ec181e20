package io.keyferry.sink;

import java.util.List;

/** What a sink's session calls of PostgreSQL, so that its writes bear a replication origin. */
public final class OriginFunctions {

    /** With their argument types, of the schema pg_catalog. */
    public static final List<String> SIGNATURES = List.of(
            "pg_replication_origin_create(text)",
            "pg_replication_origin_oid(text)",
            "pg_replication_origin_session_setup(text)",
            "pg_replication_origin_xact_reset()");

    private OriginFunctions() {}
}
