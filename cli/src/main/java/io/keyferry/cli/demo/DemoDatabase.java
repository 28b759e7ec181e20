package io.keyferry.cli.demo;

import java.sql.Connection;
import java.sql.SQLException;

/** The application's own way to its database. */
@FunctionalInterface
public interface DemoDatabase {

    /** A new connection, the caller's to close. */
    Connection connect() throws SQLException;
}
