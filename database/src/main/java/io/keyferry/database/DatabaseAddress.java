package io.keyferry.database;

import static java.util.stream.Collectors.joining;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a JDBC URL, decoded.
 *
 * @param hosts at least one, in the order to be tried
 * @param parameters the URL's parameters, without user and password, which a URL may not have
 */
public record DatabaseAddress(List<Host> hosts, String name, Map<String, String> parameters) {

    private static final int DEFAULT_PORT = 5432;
    private static final Pattern URL =
            Pattern.compile("jdbc:postgresql:(?://(?<hosts>[^/?]*)/)?(?<name>[^/?]+)(?:\\?(?<parameters>.*))?");
    private static final Pattern HOST =
            Pattern.compile("(?:\\[(?<six>[^\\]]+)]|(?<name>[^:\\[\\]]*))(?::(?<port>\\d{1,5}))?");

    public DatabaseAddress {
        hosts = List.copyOf(hosts);
        parameters = Map.copyOf(parameters);
    }

    /**
     * A server's name or address, and its port.
     *
     * @param name an IPv6 address stands here without brackets
     */
    public record Host(String name, int port) {

        /** {@code name:port}, an IPv6 address in brackets. */
        @Override
        public String toString() {
            return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
        }
    }

    /**
     * Takes a JDBC URL apart.
     *
     * @throws IllegalArgumentException where it is no URL of PostgreSQL with a database; the message does not quote it
     */
    public static DatabaseAddress parse(String jdbcUrl) {
        Matcher url = URL.matcher(jdbcUrl);
        if (!url.matches()) {
            throw new IllegalArgumentException("not a JDBC URL such as jdbc:postgresql://host:5432/database");
        }
        List<Host> hosts = new ArrayList<>();
        for (String host : (url.group("hosts") == null ? "" : url.group("hosts")).split(",", -1)) {
            hosts.add(host(host));
        }
        return new DatabaseAddress(hosts, decoded(url.group("name")), parameters(url.group("parameters")));
    }

    private static Host host(String text) {
        Matcher host = HOST.matcher(text);
        if (!host.matches()) {
            throw new IllegalArgumentException("a host of the JDBC URL is not host, host:port or [IPv6 address]:port");
        }
        String name = host.group("six") != null ? host.group("six") : host.group("name");
        int port = host.group("port") == null ? DEFAULT_PORT : Integer.parseInt(host.group("port"));
        return new Host(name.isEmpty() ? "localhost" : name, port);
    }

    private static Map<String, String> parameters(String text) {
        Map<String, String> parameters = new HashMap<>();
        for (String parameter : (text == null ? "" : text).split("&")) {
            if (!parameter.isEmpty()) {
                String[] parts = parameter.split("=", 2);
                parameters.put(parts[0], parts.length == 1 ? "" : decoded(parts[1]));
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** Hosts and database, without the parameters: they may hold a client key's password. */
    @Override
    public String toString() {
        return "database " + name + " on " + hosts.stream().map(Host::toString).collect(joining(","));
    }
}
