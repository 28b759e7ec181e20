package io.keyferry.database;

import java.sql.Connection;
import java.sql.SQLException;

/** One PostgreSQL database: opens connections to it and knows where it is. Safe for many threads. */
public interface Database {

    /** A new connection with auto-commit on, the caller's to close. Its application name says which part opened it. */
    Connection connect(String part) throws SQLException;

    /** Where the database is and how it is reached, for Debezium, which takes no JDBC URL. */
    DatabaseAddress address();

    /** User and password as they are now; a secret is read again when a login has failed. */
    DatabaseLogin login();
}
