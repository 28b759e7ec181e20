package io.keyferry.snapshot;

import io.keyferry.model.TableLayout;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What the owner of the tables runs where the migration's role may not publish them. */
public final class PublicationStatement {

    private PublicationStatement() {}

    public static String of(Connection connection, String name, List<TableLayout> layouts) throws SQLException {
        return new Publication(name, layouts).statement(connection);
    }
}
