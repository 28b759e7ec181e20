package io.keyferry.cli.terminal;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Who gives a command, and when, as records tell it. */
public final class Operator {

    private Operator() {}

    /** Whoever uses this process, as {@code user@host}. */
    public static String name() {
        return here(System.getProperty("user.name", "unknown"));
    }

    /** Somebody on this machine, as {@code somebody@host}. */
    public static String here(String somebody) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown-host";
        }
        return somebody + "@" + host;
    }

    /** To the second, as people read it. */
    public static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
