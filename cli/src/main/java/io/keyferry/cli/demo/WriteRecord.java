package io.keyferry.cli.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/** What the application's transactions say of themselves besides what they write, before they commit. */
interface WriteRecord {

    /** For whoever keeps the record in memory. */
    WriteRecord NONE = new WriteRecord() {

        @Override
        public void inserted(Connection connection, long id, Customer customer) {}

        @Override
        public void updated(Connection connection, long id, Customer customer, Set<EncryptedColumn> columns) {}

        @Override
        public void deleted(Connection connection, long id) {}
    };

    void inserted(Connection connection, long id, Customer customer) throws SQLException;

    /** @param columns those of them that were written */
    void updated(Connection connection, long id, Customer customer, Set<EncryptedColumn> columns) throws SQLException;

    void deleted(Connection connection, long id) throws SQLException;
}
