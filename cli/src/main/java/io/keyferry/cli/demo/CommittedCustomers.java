package io.keyferry.cli.demo;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the application has written last and knows to be committed, by row. Safe for many threads; that an entry is exact
 * is up to its writer: one thread at a time writes a row, and tells of it only once the commit has returned.
 */
public final class CommittedCustomers {

    private final Map<Long, Customer> rows = new ConcurrentHashMap<>();

    void written(long id, Customer customer) {
        rows.put(id, customer);
    }

    void deleted(long id) {
        rows.remove(id);
    }

    Optional<Customer> get(long id) {
        return Optional.ofNullable(rows.get(id));
    }

    List<Long> ids() {
        return List.copyOf(rows.keySet());
    }

    /** How many rows the table should have. */
    public int size() {
        return rows.size();
    }
}
