package io.keyferry.database;

import java.util.function.UnaryOperator;

/** A user whose password is in an environment variable. */
final class EnvironmentLogin implements LoginSource {

    private final String user;
    private final String variable;
    private final UnaryOperator<String> environment;

    EnvironmentLogin(String user, String variable, UnaryOperator<String> environment) {
        this.user = user;
        this.variable = variable;
        this.environment = environment;
    }

    @Override
    public DatabaseLogin read() {
        String password = environment.apply(variable);
        if (password == null || password.isEmpty()) {
            throw new DatabaseException("the environment variable " + variable + " is "
                    + (password == null ? "not set" : "empty") + ": it must hold the password of database user " + user
                    + " (database.credentials.passwordEnv)");
        }
        return new DatabaseLogin(user, password);
    }
}
