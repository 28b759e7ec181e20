package io.keyferry.cli.campaign;

import java.util.List;
import java.util.stream.Collectors;

/** A row's primary key: {@code id} of customers, {@code tenant, no} of notes. */
record RowKey(String table, List<Object> parts) {

    static RowKey customer(long id) {
        return new RowKey(Encrypted.SSN.table(), List.of(id));
    }

    static RowKey note(String tenant, int no) {
        return new RowKey(Encrypted.BODY.table(), List.of(tenant, no));
    }

    List<String> columns() {
        return parts.size() == 1 ? List.of("id") : List.of("tenant", "no");
    }

    String condition() {
        return columns().stream().map(column -> column + " = ?").collect(Collectors.joining(" AND "));
    }
}
