package io.keyferry.database;

import java.io.FileNotFoundException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.util.Set;

/** Tells failures to connect that a user must act on from those that pass. */
final class ConnectionFailure {

    /** invalid_password and invalid_authorization_specification. */
    private static final Set<String> LOGIN = Set.of("28P01", "28000");

    private static final String NO_SUCH_DATABASE = "3D000";
    private static final String NO_PRIVILEGE = "42501";
    /** What the driver says when server and client do not agree on TLS or on how to authenticate. */
    private static final String REJECTED = "08004";

    /** Named in the driver's message, whatever its language, where the certificate is for another host. */
    private static final String NAME_VERIFIER = "HostnameVerifier";

    private ConnectionFailure() {}

    static boolean isRefusedLogin(SQLException e) {
        return e.getSQLState() != null && LOGIN.contains(e.getSQLState());
    }

    /** The exception itself where trying again may help; otherwise throws one that says what to do. */
    static SQLException explained(SQLException e, DatabaseAddress address, DatabaseLogin login) {
        String cure = cure(e);
        if (cure == null) {
            return e;
        }
        throw new DatabaseException(
                "cannot connect to " + address + " as user " + login.user() + ": " + e.getMessage() + "; " + cure, e);
    }

    private static String cure(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (LOGIN.contains(state)) {
            return "check user and password under database.credentials, and that pg_hba.conf lets this client in";
        }
        if (state.equals(NO_SUCH_DATABASE)) {
            return "check the database's name in database.url";
        }
        if (state.equals(NO_PRIVILEGE)) {
            return "grant the user CONNECT on the database";
        }
        if (state.equals(REJECTED)) {
            return "check sslmode in database.url, and what pg_hba.conf asks of this client";
        }
        if (String.valueOf(e.getMessage()).contains(NAME_VERIFIER)) {
            return "call the server in database.url by the name that its certificate is for";
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof CertPathValidatorException) {
                return "check sslrootcert in database.url: the server's certificate is not trusted";
            }
            if (cause instanceof FileNotFoundException) {
                return "check sslrootcert, sslcert and sslkey in database.url: this process cannot read the file";
            }
        }
        return null;
    }
}
