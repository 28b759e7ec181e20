package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a benchmark measures on: a sandbox that writes through to disk as a real server does, and KeyFerry in processes of
 * its own. Used by one thread.
 */
final class Bench implements AutoCloseable {

    private final List<String> launcher;
    private final boolean quick;
    private final PrintStream people;
    private final Path folder;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private Optional<String> postgres = Optional.empty();

    /**
     * @param launcher the command that starts keyferry
     * @param quick whether to be content with small sizes
     * @param people is told how it gets on
     */
    Bench(List<String> launcher, boolean quick, PrintStream people) throws IOException {
        this.launcher = List.copyOf(launcher);
        this.quick = quick;
        this.people = people;
        folder = Files.createTempDirectory("keyferry-benchmark");
    }

    /** The one size, or the other where it shall be quick. */
    int size(int full, int quickly) {
        return quick ? quickly : full;
    }

    void say(String line) {
        people.println("    " + line);
    }

    /** New servers, closed with this bench: what one benchmark leaves behind is no matter to the next one. */
    Sandbox servers() throws IOException, SQLException {
        Sandbox sandbox = Sandbox.start(Files.createTempDirectory(folder, "servers"));
        closing.push(sandbox::close);
        try (Connection connection = sandbox.postgres().connect()) {
            postgres = Optional.of(connection.getMetaData().getDatabaseProductVersion());
        }
        return sandbox;
    }

    /** Version of the PostgreSQL servers; empty before there was one. */
    Optional<String> postgres() {
        return postgres;
    }

    /** Starts keyferry with these arguments, in a folder of its own that holds {@code migration.yaml}. */
    KeyferryRun start(Sandbox sandbox, String migration, String... arguments) throws IOException {
        return start(List.of(), sandbox, migration, Map.of(), arguments);
    }

    /** The same where everybody else's work comes first, as an operator starts it beside the database. */
    KeyferryRun startGently(Sandbox sandbox, String migration, String... arguments) throws IOException {
        return start(List.of("nice", "-n", "19"), sandbox, migration, Map.of(), arguments);
    }

    /** The same with variables of its own, such as KEYFERRY_JAVA_OPTS. */
    KeyferryRun start(Sandbox sandbox, String migration, Map<String, String> variables, String... arguments)
            throws IOException {
        return start(List.of(), sandbox, migration, variables, arguments);
    }

    private KeyferryRun start(
            List<String> before, Sandbox sandbox, String migration, Map<String, String> variables, String... arguments)
            throws IOException {
        Path place = Files.createTempDirectory(folder, "run");
        Files.writeString(place.resolve("migration.yaml"), migration);
        Map<String, String> environment = new HashMap<>(sandbox.environment());
        environment.putAll(variables);
        List<String> command = new ArrayList<>(before);
        command.addAll(launcher);
        command.addAll(List.of(arguments));
        KeyferryRun run = KeyferryRun.start(command, place, environment);
        closing.push(run::close);
        return run;
    }

    /** A place for files, deleted with this bench. */
    Path folder() throws IOException {
        return Files.createTempDirectory(folder, "files");
    }

    @Override
    public void close() throws IOException {
        closing.forEach(Runnable::run);
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
