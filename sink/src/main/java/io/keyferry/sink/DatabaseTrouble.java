package io.keyferry.sink;

import java.sql.SQLException;

/** What is to be done about a failed statement, by its SQLSTATE. */
enum DatabaseTrouble {
    /** Deadlock or serialization failure: the same statement again. */
    CONTENDED,
    /** Somebody holds a row for longer than lock_timeout: the others first, then that row again. */
    LOCKED,
    /** A row's new value is refused: find the row, and dead-letter it. */
    DATA,
    /** The server or the way to it: connect again, for as long as it takes. */
    CONNECTION,
    /** A privilege, a table or the like: a human must act. */
    FATAL;

    static DatabaseTrouble of(SQLException failure) {
        String state = failure.getSQLState() == null ? "08000" : failure.getSQLState();
        return switch (state) {
            case "40P01", "40001" -> CONTENDED;
            case "55P03" -> LOCKED;
            // raised by a trigger or a function of the user's
            case "P0001" -> DATA;
            // read-only: a server that is no longer, or not yet, the primary
            case "25006" -> CONNECTION;
            default -> ofClass(state.substring(0, 2));
        };
    }

    private static DatabaseTrouble ofClass(String sqlClass) {
        return switch (sqlClass) {
            case "22", "23", "44" -> DATA;
            case "08", "53", "57", "58" -> CONNECTION;
            default -> FATAL;
        };
    }
}
