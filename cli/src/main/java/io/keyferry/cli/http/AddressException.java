package io.keyferry.cli.http;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.net.BindException;

/** Nothing can be served at the address of migration.yaml. */
public final class AddressException extends KeyFerryException {

    AddressException(Migration.Http address, Throwable cause) {
        super(
                "Dashboard, health and metrics cannot be served at " + address.host() + ":" + address.port() + ": "
                        + why(cause)
                        + ". Choose another port with http.port in migration.yaml or KEYFERRY_HTTP_PORT (0 for any that is"
                        + " free), another address of this machine with http.host or KEYFERRY_HTTP_HOST.",
                cause);
    }

    private static String why(Throwable cause) {
        return cause instanceof BindException bind
                        && String.valueOf(bind.getMessage()).contains("in use")
                ? "another process listens there"
                : cause instanceof BindException ? cause.getMessage() : "there is no such host";
    }
}
