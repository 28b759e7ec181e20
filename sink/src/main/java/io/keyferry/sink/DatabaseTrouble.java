package io.keyferry.sink;

import java.sql.SQLException;

/** What is to be done about a failed statement, by its SQLSTATE. */
public enum DatabaseTrouble {
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

    public static DatabaseTrouble of(SQLException failure) {
        String state = failure.getSQLState() == null ? "08000" : failure.getSQLState();
        return switch (state) {
            case "40P01", "40001" -> CONTENDED;
            case "55P03" -> LOCKED;
            // read-only: a server that is no longer, or not yet, the primary
            case "25006" -> CONNECTION;
            default -> ofClass(state.substring(0, 2));
        };
    }

    private static DatabaseTrouble ofClass(String sqlClass) {
        return switch (sqlClass) {
            // 54: an index cannot hold the value; 09, 27, 38, 39, P0: raised in or by a trigger of the user's
            case "22", "23", "44", "54", "09", "27", "38", "39", "P0" -> DATA;
            case "08", "53", "57", "58", "72" -> CONNECTION;
            case "XX", "F0", "HV" -> FATAL;
            // classes that the standard leaves to users: a trigger raised it
            default -> isOfUsers(sqlClass.charAt(0)) ? DATA : FATAL;
        };
    }

    private static boolean isOfUsers(char first) {
        return first >= '6' && first <= '9' || first >= 'I' && first <= 'Z';
    }
}
