package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Fills a database with what the demo's application and proof, as processes of their own, go on from. */
public final class DemoSeed {

    private static final int CALLS_IN_FLIGHT = 64;

    private final DemoDatabase database;
    private final KmsAccess home;
    private final DemoKeys keys;

    /** @param home of the Region of the source key */
    public DemoSeed(DemoDatabase database, KmsAccess home, DemoKeys keys) {
        this.database = database;
        this.home = home;
        this.keys = keys;
    }

    /**
     * Makes the table of customers and the record of them, all or nothing.
     *
     * @return false where both are there already: then nothing is changed
     * @throws DemoException where there is such a table that is not the demo's
     */
    public boolean fill(int rows) {
        try (DemoKms kms = new DemoKms(home, CALLS_IN_FLIGHT);
                Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            if (isThere(connection, DemoTable.NAME)) {
                if (!isThere(connection, CommittedTable.NAME)) {
                    throw new DemoException(
                            "There is a table " + DemoTable.NAME + " that is not the demo's. Take another database.",
                            null);
                }
                return false;
            }
            DemoTable table = new DemoTable(database, kms, keys.source());
            table.create(connection);
            CommittedTable.create(connection);
            CommittedTable.fill(connection, table.fill(connection, rows));
            connection.commit();
            return true;
        } catch (SQLException e) {
            throw new DemoException("The demo's table " + DemoTable.NAME + " cannot be made: " + e.getMessage(), e);
        }
    }

    private static boolean isThere(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT to_regclass('" + table + "') IS NOT NULL")) {
            result.next();
            return result.getBoolean(1);
        }
    }
}
