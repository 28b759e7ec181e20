package io.keyferry.cli.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sink.RowReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/** The rows of one table that are to be looked at, a chunk at a time in the order of the row key. Used by one thread. */
final class Rows {

    private final RowReader reader;
    private final TableLayout layout;
    private final TableName table;
    private final OptionalInt sample;
    private final OptionalLong known;
    private Map<String, String> after;
    private Optional<Spread> spread;

    /**
     * A chunk.
     *
     * @param lastKey the row key to go on after
     * @param last whether there are no more
     */
    record Chunk(List<RowReader.Row> rows, Map<String, String> lastKey, Optional<Spread> spread, boolean last) {}

    /**
     * @param begun what has been looked at already
     * @param known how many rows there are, where somebody knows
     */
    Rows(Migration.Table table, TableLayout layout, OptionalInt sample, TableResult begun, OptionalLong known) {
        this.table = table.name();
        this.layout = layout;
        this.sample = sample;
        this.known = known;
        reader = new RowReader(table, layout);
        after = begun.after();
        spread = begun.spread();
    }

    Chunk next(Connection connection, int limit) throws SQLException {
        return sample.isPresent() ? sampled(connection, limit) : all(connection, limit);
    }

    /** The rows of these keys as they are now; those that are gone are left out. */
    List<RowReader.Row> again(Connection connection, List<RowReader.Row> rows) throws SQLException {
        return present(connection, rows.stream().map(this::key).toList());
    }

    Map<String, String> key(RowReader.Row row) {
        return RowReader.key(layout, row);
    }

    private Chunk all(Connection connection, int limit) throws SQLException {
        List<RowReader.Row> rows = reader.next(connection, after.isEmpty() ? null : after, limit);
        if (!rows.isEmpty()) {
            after = key(rows.get(rows.size() - 1));
        }
        return new Chunk(rows, after, Optional.empty(), rows.size() < limit);
    }

    private Chunk sampled(Connection connection, int limit) throws SQLException {
        Spread now = spread.isPresent() ? spread.get() : spread(connection);
        Map<String, String> last = after;
        List<Map<String, String>> keys = new ArrayList<>();
        boolean more = true;
        while (more && keys.size() < limit) {
            Optional<Map<String, String>> key = reader.keyAfter(connection, last.isEmpty() ? null : last, now.skip());
            more = key.isPresent();
            if (more) {
                last = key.get();
                keys.add(last);
                now = now.next();
            }
        }
        List<RowReader.Row> rows = present(connection, keys);
        // only now: a query that fails is asked again from where the last chunk ended
        after = last;
        spread = Optional.of(now);
        return new Chunk(rows, after, spread, !more);
    }

    private List<RowReader.Row> present(Connection connection, List<Map<String, String>> keys) throws SQLException {
        return keys.isEmpty()
                ? List.of()
                : reader.read(connection, keys).stream()
                        .flatMap(Optional::stream)
                        .toList();
    }

    private Spread spread(Connection connection) throws SQLException {
        long rows = known.isPresent() ? known.getAsLong() : planned(connection);
        return Spread.over(rows, sample.getAsInt(), ThreadLocalRandom.current().nextDouble());
    }

    /** What the planner takes the table for, which it does without statistics too. */
    private long planned(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet plan = statement.executeQuery("EXPLAIN (FORMAT JSON) SELECT 1 FROM " + table.quoted())) {
            plan.next();
            return new ObjectMapper()
                    .readTree(plan.getString(1))
                    .at("/0/Plan/Plan Rows")
                    .asLong();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL's plan of " + table + " is no JSON", e);
        }
    }
}
