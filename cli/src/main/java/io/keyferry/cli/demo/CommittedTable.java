package io.keyferry.cli.demo;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/**
 * The record of what the application has committed last, in clear, in a table beside the customers: for a demo whose
 * application and proof are processes of their own. Only made-up customers may stand in it.
 */
final class CommittedTable implements WriteRecord {

    static final String NAME = "public.customers_in_clear";

    private static final int ROWS_AHEAD = 5000;

    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + NAME + " (id bigint PRIMARY KEY, ssn text, card text)");
        }
    }

    static void fill(Connection connection, CommittedCustomers committed) throws SQLException {
        List<Long> ids = committed.ids();
        List<Customer> customers =
                ids.stream().map(id -> committed.get(id).orElseThrow()).toList();
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO " + NAME + " SELECT * FROM unnest(?::bigint[], ?::text[], ?::text[])")) {
            statement.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
            statement.setArray(2, texts(connection, customers, EncryptedColumn.SSN));
            statement.setArray(3, texts(connection, customers, EncryptedColumn.CARD));
            statement.executeUpdate();
        }
    }

    private static Array texts(Connection connection, List<Customer> customers, EncryptedColumn column)
            throws SQLException {
        return connection.createArrayOf(
                "text", customers.stream().map(customer -> customer.of(column)).toArray());
    }

    /** All of it, as the connection's transaction sees it. */
    static CommittedCustomers read(Connection connection) throws SQLException {
        CommittedCustomers committed = new CommittedCustomers();
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(ROWS_AHEAD);
            try (ResultSet rows = statement.executeQuery("SELECT id, ssn, card FROM " + NAME)) {
                while (rows.next()) {
                    committed.written(rows.getLong("id"), new Customer(rows.getString("ssn"), rows.getString("card")));
                }
            }
        }
        return committed;
    }

    @Override
    public void inserted(Connection connection, long id, Customer customer) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO " + NAME + " (ssn, card, id) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING")) {
            statement.setString(1, customer.ssn());
            statement.setString(2, customer.card());
            statement.setLong(3, id);
            statement.executeUpdate();
        }
    }

    @Override
    public void updated(Connection connection, long id, Customer customer, Set<EncryptedColumn> columns)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE " + NAME + " SET ssn = coalesce(?, ssn), card = coalesce(?, card) WHERE id = ?")) {
            statement.setString(1, columns.contains(EncryptedColumn.SSN) ? customer.ssn() : null);
            statement.setString(2, columns.contains(EncryptedColumn.CARD) ? customer.card() : null);
            statement.setLong(3, id);
            statement.executeUpdate();
        }
    }

    @Override
    public void deleted(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM " + NAME + " WHERE id = ?")) {
            statement.setLong(1, id);
            statement.executeUpdate();
        }
    }
}
