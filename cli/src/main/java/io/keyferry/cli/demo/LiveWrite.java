package io.keyferry.cli.demo;

import java.sql.SQLException;

/** What one write does to its row, and what is true of the row once that is committed. */
record LiveWrite(Statement statement, Runnable committed) {

    /** Commits when it returns; what it does twice is the same as once. */
    @FunctionalInterface
    interface Statement {

        void execute() throws SQLException;
    }
}
