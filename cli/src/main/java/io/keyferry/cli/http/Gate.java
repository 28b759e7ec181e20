package io.keyferry.cli.http;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.keyferry.model.Migration;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who may see the dashboard, and who may steer from it. A page of another site that is open in the operator's browser may
 * not: neither by a name of its own that points to this machine (DNS rebinding), nor by a request across sites.
 */
final class Gate {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+]");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final String BEARER = "Bearer ";
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Set<String> names = new HashSet<>(THIS_MACHINE);
    private final boolean loopback;
    private final Token token;

    Gate(Migration.Http address, Token token) {
        this.token = token;
        loopback = isLoopback(address.host());
        names.add(written(address.host()));
        address.allowedHosts().forEach(name -> names.add(written(name)));
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            // nothing will be served there
            return false;
        }
    }

    /** As a Host header has it. */
    private static String written(String host) {
        return (host.contains(":") ? "[" + host + "]" : host).toLowerCase(Locale.ROOT);
    }

    /** For what holds no data. */
    Handler open(Handler handler) {
        return context -> pass(context, hostRefusal(context), handler);
    }

    /** For data: whoever reaches this machine's own addresses may read, from elsewhere the token is asked for. */
    Handler reading(Handler handler) {
        return context -> pass(
                context, hostRefusal(context).or(() -> loopback ? Optional.empty() : tokenRefusal(context)), handler);
    }

    /** For what changes something. */
    Handler steering(Handler handler) {
        return context -> pass(
                context, hostRefusal(context).or(() -> siteRefusal(context)).or(() -> tokenRefusal(context)), handler);
    }

    /** @param status and what is wrong, for a program and for the person in front of it */
    private record Refusal(int status, String error) {}

    private static void pass(Context context, Optional<Refusal> refusal, Handler handler) throws Exception {
        if (refusal.isEmpty()) {
            handler.handle(context);
            return;
        }
        if (refusal.get().status() == UNAUTHORIZED) {
            context.header("WWW-Authenticate", "Bearer");
        }
        DashboardRoutes.error(context, refusal.get().status(), refusal.get().error());
    }

    private Optional<Refusal> hostRefusal(Context context) {
        String name = PORT.matcher(Optional.ofNullable(context.header("Host")).orElse(""))
                .replaceFirst("")
                .toLowerCase(Locale.ROOT);
        // an address is no name, which somebody else could point here
        boolean known =
                names.contains(name) || !loopback && ADDRESS.matcher(name).matches();
        return known
                ? Optional.empty()
                : Optional.of(new Refusal(
                        FORBIDDEN,
                        "The dashboard is not known by the name in the request's Host header. Ask for it by the address"
                                + " that the run has told, or add the name to http.allowedHosts in migration.yaml."));
    }

    /** Browsers say where a request comes from; what is no browser says nothing. */
    private static Optional<Refusal> siteRefusal(Context context) {
        boolean foreignSite = Optional.ofNullable(context.header("Sec-Fetch-Site"))
                .filter(site -> !site.equals("same-origin"))
                .isPresent();
        boolean foreignOrigin = Optional.ofNullable(context.header("Origin"))
                .filter(origin -> !authority(origin).equals(Optional.ofNullable(context.header("Host"))))
                .isPresent();
        return foreignSite || foreignOrigin
                ? Optional.of(
                        new Refusal(FORBIDDEN, "The request comes from another site than the dashboard's own page."))
                : Optional.empty();
    }

    private static Optional<String> authority(String origin) {
        try {
            return Optional.ofNullable(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Optional<Refusal> tokenRefusal(Context context) {
        if (!token.isKnown()) {
            return Optional.of(new Refusal(
                    UNAUTHORIZED,
                    "This run was started without a token, so that nobody can give it. Start it again with "
                            + Token.VARIABLE + " or http.tokenFile."));
        }
        String given = Optional.ofNullable(context.header("Authorization")).orElse("");
        if (given.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && token.matches(given.substring(BEARER.length()).strip())) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                UNAUTHORIZED,
                given.isEmpty() ? "This needs the dashboard's token." : "This is not the dashboard's token."));
    }
}
