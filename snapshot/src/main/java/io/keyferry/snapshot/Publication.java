package io.keyferry.snapshot;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publication of a migration: made where it is missing, repaired where it is ours, otherwise accepted if it
 * publishes all that is needed. One thread uses it.
 */
final class Publication {

    private static final Logger log = LoggerFactory.getLogger(Publication.class);

    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final int COLUMN_LISTS = 15;

    /** What had to be done. */
    enum Outcome {
        /** Nothing: every change since the publication's slot was made has been published. */
        FITS,
        /** A part was missing: changes made before now may not have been published. */
        COMPLETED
    }

    private final String name;
    private final List<TableLayout> layouts;

    Publication(String name, List<TableLayout> layouts) {
        this.name = name;
        this.layouts = layouts;
    }

    /** A table with its replica identity, and the columns to publish; empty for all of them. */
    private record Wanted(TableLayout layout, ReplicaIdentity identity, Set<String> columns) {

        TableName table() {
            return layout.name();
        }

        String sql() {
            return layout.name().quoted()
                    + (columns.isEmpty()
                            ? ""
                            : columns.stream().map(TableName::quote).collect(joining(", ", " (", ")")));
        }
    }

    /** Whether nothing would have to be done. */
    boolean fits(Connection connection) throws SQLException {
        List<Wanted> wanted = wanted(connection);
        PublishedTables published = PublishedTables.of(connection, name);
        return published.exists()
                && wanted.stream()
                        .allMatch(table -> covers(published, table)
                                && !harms(published, table)
                                && publishesAsNeeded(published, table));
    }

    /** The tables of which not every change has been published until now. */
    Set<TableName> unpublished(Connection connection) throws SQLException {
        PublishedTables published = PublishedTables.of(connection, name);
        return wanted(connection).stream()
                .filter(table ->
                        !published.exists() || !covers(published, table) || !publishesAsNeeded(published, table))
                .map(Wanted::table)
                .collect(toSet());
    }

    /**
     * Makes the publication cover the tables, without harm to the application's writes.
     *
     * @param beforeChanges is run before anything that was not published becomes so, and must succeed for it
     * @throws KeyFerryException with the statement to run where the migration's user may not
     */
    Outcome ensure(Connection connection, Runnable beforeChanges) throws SQLException {
        List<Wanted> wanted = wanted(connection);
        PublishedTables published = PublishedTables.of(connection, name);
        if (!published.exists()) {
            change(connection, List.of(create(wanted)), beforeChanges);
            log.info("created publication {}", name);
            return Outcome.COMPLETED;
        }
        boolean missed = false;
        if (!wanted.stream().allMatch(table -> publishesAsNeeded(published, table))) {
            change(
                    connection,
                    List.of("ALTER PUBLICATION " + TableName.quote(name) + " SET (" + options(wanted) + ")"),
                    beforeChanges);
            missed = true;
        }
        missed |= repairTables(connection, wanted, beforeChanges);
        if (missed) {
            log.info("completed publication {}", name);
        }
        return missed ? Outcome.COMPLETED : Outcome.FITS;
    }

    private boolean repairTables(Connection connection, List<Wanted> wanted, Runnable beforeChanges)
            throws SQLException {
        PublishedTables published = PublishedTables.of(connection, name);
        List<String> repairs = new ArrayList<>();
        boolean missed = false;
        for (Wanted table : wanted) {
            boolean covered = covers(published, table);
            missed |= !covered;
            if (covered && !harms(published, table)) {
                continue;
            }
            if (published.lists(table.table())) {
                repairs.add("ALTER PUBLICATION " + TableName.quote(name) + " DROP TABLE "
                        + table.table().quoted());
            }
            repairs.add("ALTER PUBLICATION " + TableName.quote(name) + " ADD TABLE " + table.sql());
        }
        if (!repairs.isEmpty()) {
            change(connection, repairs, missed ? beforeChanges : () -> {});
        }
        return missed;
    }

    private List<Wanted> wanted(Connection connection) throws SQLException {
        boolean columnLists = connection.getMetaData().getDatabaseMajorVersion() >= COLUMN_LISTS;
        List<Wanted> wanted = new ArrayList<>();
        for (TableLayout layout : layouts) {
            ReplicaIdentity identity = ReplicaIdentity.of(connection, layout.name());
            Set<String> columns = new TreeSet<>(layout.columns().keySet());
            boolean list = columnLists && !identity.everyColumn() && columns.containsAll(identity.columns());
            wanted.add(new Wanted(layout, identity, list ? columns : Set.of()));
        }
        return wanted;
    }

    private static boolean covers(PublishedTables published, Wanted table) {
        return published.covers(table.table(), table.layout().columns().keySet());
    }

    private static boolean harms(PublishedTables published, Wanted table) {
        return !published.covers(table.table(), table.identity().columns())
                || table.identity().everyColumn() && published.hasColumnList(table.table());
    }

    private static boolean publishesAsNeeded(PublishedTables published, Wanted table) {
        return published.everyOperation()
                && (!table.identity().partitioned() || published.viaRoot())
                && (!table.identity().generated() || published.generatedColumns());
    }

    /** The statement that makes it as it must be. */
    String statement(Connection connection) throws SQLException {
        return create(wanted(connection));
    }

    private String create(List<Wanted> wanted) {
        return "CREATE PUBLICATION " + TableName.quote(name) + " FOR TABLE "
                + wanted.stream().map(Wanted::sql).collect(joining(", ")) + " WITH (" + options(wanted) + ")";
    }

    private static String options(List<Wanted> wanted) {
        String options = "publish = 'insert, update, delete'";
        if (wanted.stream().anyMatch(table -> table.identity().partitioned())) {
            options += ", publish_via_partition_root = true";
        }
        if (wanted.stream().anyMatch(table -> table.identity().generated())) {
            options += ", publish_generated_columns = stored";
        }
        return options;
    }

    /**
     * All statements or none: between them a table would not be published. What is run before they become visible is
     * run after they have succeeded: where they are refused, nothing has changed.
     */
    private void change(Connection connection, List<String> statements, Runnable beforeCommit) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // waiting longer would hold up the application's own changes of these tables behind ours
            statement.execute("SET LOCAL lock_timeout = '5s'");
            for (String sql : statements) {
                statement.execute(sql);
            }
            beforeCommit.run();
            connection.commit();
        } catch (RuntimeException e) {
            connection.rollback();
            throw e;
        } catch (SQLException e) {
            connection.rollback();
            if (INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw new KeyFerryException(
                        "the migration's user may not publish the tables (" + firstLine(e)
                                + "); have their owner, or a superuser, run: " + String.join("; ", statements) + ";",
                        e);
            }
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static String firstLine(SQLException e) {
        return e.getMessage().lines().findFirst().orElse("permission denied");
    }
}
