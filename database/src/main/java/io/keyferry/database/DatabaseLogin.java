package io.keyferry.database;

/** A user and its password, which toString keeps to itself. */
public record DatabaseLogin(String user, String password) {

    @Override
    public String toString() {
        return "DatabaseLogin[user=" + user + "]";
    }
}
