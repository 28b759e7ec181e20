package io.keyferry.database;

import java.util.List;
import java.util.Map;

/**
 * The parts of a JDBC URL.
 *
 * @param hosts at least one, in the order to be tried
 * @param parameters the URL's parameters, without user and password, which a URL may not have
 */
public record DatabaseAddress(List<Host> hosts, String name, Map<String, String> parameters) {

    public DatabaseAddress {
        hosts = List.copyOf(hosts);
        parameters = Map.copyOf(parameters);
    }

    /** A server's name or address, and its port. */
    public record Host(String name, int port) {}
}
