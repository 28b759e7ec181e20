package io.keyferry.cli.check;

import io.keyferry.database.Catalog;
import io.keyferry.database.SchemaException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.snapshot.PublicationStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Whether the tables fit: row keys, columns, privileges, and who may publish them. */
final class TablesCheck {

    private static final String OWNED =
            "SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = ?::regclass";
    private static final String MAY_CREATE = "SELECT has_database_privilege(current_database(), 'CREATE')";
    private static final String PUBLISHED = "SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = ?)";
    private static final String TRIGGERS =
            "SELECT tgname FROM pg_trigger WHERE tgrelid = ?::regclass AND NOT tgisinternal"
                    + " AND tgenabled IN ('O', 'A') AND tgtype & 16 <> 0 ORDER BY 1";

    private final Migration migration;
    private final String publication;
    private final Findings findings;

    TablesCheck(Migration migration, String publication, Findings findings) {
        this.migration = migration;
        this.publication = publication;
        this.findings = findings;
    }

    /**
     * @param streams whether the snapshot stage is to publish their changes
     * @return the layouts; empty where something does not fit, so that nothing more can be said of the tables
     */
    List<TableLayout> run(Connection connection, boolean streams) throws SQLException {
        List<TableLayout> layouts;
        try {
            layouts = Catalog.layouts(connection, migration.tables());
        } catch (SchemaException e) {
            e.problems()
                    .forEach(problem -> findings.misfit("table", problem.table() + " does not fit", problem.wrong()));
            return List.of();
        }
        for (TableLayout layout : layouts) {
            findings.good(
                    "table",
                    layout.name() + ": row key (" + String.join(", ", layout.rowKey())
                            + "), privileges down to columns");
            triggers(connection, layout.name());
        }
        if (streams) {
            publication(connection, layouts);
        }
        return layouts;
    }

    private void triggers(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(TRIGGERS)) {
            query.setString(1, table.quoted());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    findings.warning(
                            "table",
                            table + ": trigger " + row.getString(1) + " fires when we write",
                            "one that puts the old value back halts the migration; one that only notes when a row was"
                                    + " changed will note our write too");
                }
            }
        }
    }

    /** A publication can be made by who owns every table of it and may create in the database. */
    private void publication(Connection connection, List<TableLayout> layouts) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(PUBLISHED)) {
            query.setString(1, publication);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                if (row.getBoolean(1)) {
                    findings.good("database", "publication " + publication + " is there already");
                    return;
                }
            }
        }
        if (mayPublish(connection, layouts)) {
            findings.good("database", "publication " + publication + " can be made");
        } else {
            findings.bad(
                    "database",
                    "publication " + publication + " does not exist, and this role may not make it",
                    "have the owner of the tables, or a superuser, run:\n"
                            + PublicationStatement.of(connection, publication, layouts) + ";");
        }
    }

    private static boolean mayPublish(Connection connection, List<TableLayout> layouts) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(MAY_CREATE);
                ResultSet row = query.executeQuery()) {
            row.next();
            if (!row.getBoolean(1)) {
                return false;
            }
        }
        try (PreparedStatement query = connection.prepareStatement(OWNED)) {
            for (TableLayout layout : layouts) {
                query.setString(1, layout.name().quoted());
                try (ResultSet row = query.executeQuery()) {
                    row.next();
                    if (!row.getBoolean(1)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }
}
