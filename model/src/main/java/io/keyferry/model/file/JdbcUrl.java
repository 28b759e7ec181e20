package io.keyferry.model.file;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks {@code database.url}; its problems never repeat it, since it may hold what it should not. */
final class JdbcUrl {

    static final String EXPECTED = "a URL such as jdbc:postgresql://db.internal:5432/app?sslmode=verify-full";

    private static final String PREFIX = "jdbc:postgresql:";
    private static final Pattern REST =
            Pattern.compile("(?://(?<hosts>[^/?]*)/)?(?<name>[^/?]*)(?:\\?(?<parameters>.*))?");
    private static final Pattern HOST =
            Pattern.compile("(?:\\[[0-9a-zA-Z:.%]+]|[^\\s:@\\[\\],]*)(?::(?<port>[0-9]{1,5}))?");
    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9a-fA-F]{2})");
    private static final Set<String> CREDENTIALS = Set.of("user", "password");
    private static final Set<String> ELSEWHERE = Set.of("PGHOST", "PGPORT", "PGDBNAME", "service");
    private static final String WHERE = "user and password under database.credentials, never in the URL";

    private JdbcUrl() {}

    static Optional<String> read(Value value) {
        return value.text(EXPECTED).filter(url -> accepts(value, url));
    }

    private static boolean accepts(Value value, String url) {
        Matcher rest = REST.matcher(url.startsWith(PREFIX) ? url.substring(PREFIX.length()) : "");
        if (!url.startsWith(PREFIX) || !rest.matches()) {
            value.wrong("is no PostgreSQL JDBC URL", EXPECTED);
            return false;
        }
        String hosts = rest.group("hosts");
        if (hosts != null && hosts.contains("@")) {
            value.wrong("holds a user in front of the host", WHERE);
        } else if (hosts != null) {
            hosts(value, hosts);
        }
        if (rest.group("name").isEmpty()) {
            value.wrong("names no database", EXPECTED);
        }
        if (BAD_ESCAPE
                .matcher(rest.group("name") + "?" + rest.group("parameters"))
                .find()) {
            value.wrong("has a % that begins no escape", "%25 for a percent sign");
        }
        if (rest.group("parameters") != null) {
            parameters(value, rest.group("parameters"));
        }
        return true;
    }

    private static void hosts(Value value, String hosts) {
        for (String host : hosts.split(",", -1)) {
            Matcher matcher = HOST.matcher(host);
            if (!matcher.matches()) {
                value.wrong("has a host that is none", "host, host:port or [IPv6 address]:port, parted by commas");
            } else if (matcher.group("port") != null && !isPort(matcher.group("port"))) {
                value.wrong("has a port that is none", "ports from 1 to 65535");
            }
        }
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port >= 1 && port <= 65535;
    }

    private static void parameters(Value value, String parameters) {
        for (String parameter : parameters.split("&")) {
            String name = parameter.split("=", 2)[0];
            if (CREDENTIALS.contains(name)) {
                value.wrong("holds the parameter " + name, WHERE);
            } else if (ELSEWHERE.contains(name)) {
                value.wrong("holds the parameter " + name, "host, port and database in the URL itself");
            }
        }
    }
}
