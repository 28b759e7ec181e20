package io.keyferry.cli.verify;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What {@code keyferry verify} can be told. */
final class VerifyOptions {

    @ArgGroup
    private Extent extent;

    private static final class Extent {

        @Option(names = "--all", description = "Every row (the default).")
        private boolean all;

        @Option(
                names = "--sample",
                paramLabel = "N",
                description = "So many rows of each table, spread over it by row key.")
        private Integer rows;
    }

    @Option(
            names = "--region",
            paramLabel = "REGION",
            description = "Only there; may be repeated (default: keys.region and keys.replicas).")
    private List<String> named = new ArrayList<>();

    @Option(
            names = "--without-plaintext",
            description =
                    "ReEncrypt from the target key to itself, so that no plaintext leaves KMS; otherwise Decrypt.")
    private boolean withoutPlaintext;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "JDBC URL of another database with the tables, such as the replica in the other Region; goes"
                    + " before database.url, with the same credentials.")
    private String url;

    @Option(
            names = "--max-requests-per-second",
            paramLabel = "N",
            description = "Requests to KMS, in each Region (default: keys.maxRequestsPerSecond).")
    private Integer maxRequestsPerSecond;

    @Option(names = "--resume", description = "Go on with the verification that has not ended, if there is one.")
    private boolean resume;

    @Option(names = "--again", description = "Begin anew, whether one has ended or not.")
    private boolean again;

    @Option(names = "--json", description = "Print what was found as one JSON object on standard output.")
    private boolean json;

    /** What is wrong with the command line, all of it. */
    void check() {
        List<String> wrong = new ArrayList<>();
        if (extent != null && extent.rows != null && extent.rows < 1) {
            wrong.add("--sample takes a number of rows, at least 1, not " + extent.rows);
        }
        if (maxRequestsPerSecond != null && maxRequestsPerSecond < 1) {
            wrong.add("--max-requests-per-second takes a number, at least 1, not " + maxRequestsPerSecond);
        }
        if (resume && again) {
            wrong.add("--resume goes on, and --again begins anew: give one of them");
        }
        if (!wrong.isEmpty()) {
            throw new UsageException(String.join("\n", wrong));
        }
    }

    /** In the order in which they are asked; {@code keys.region} first where none is named. */
    List<String> regions(Migration.Keys keys, Path migrationFile) {
        Set<String> all = new LinkedHashSet<>(List.of(keys.region()));
        all.addAll(keys.replicas());
        List<String> others = named.stream().filter(name -> !all.contains(name)).toList();
        if (!others.isEmpty()) {
            throw new UsageException("--region " + String.join(", ", others) + ": neither keys.region nor one of"
                    + " keys.replicas in " + migrationFile + ", which are " + String.join(", ", all));
        }
        return List.copyOf(named.isEmpty() ? all : new LinkedHashSet<>(named));
    }

    /** What goes before the environment and migration.yaml. */
    Map<String, String> overrides() {
        return url == null ? Map.of() : Map.of("KEYFERRY_DATABASE_URL", url);
    }

    Method method() {
        return withoutPlaintext ? Method.RE_ENCRYPT : Method.DECRYPT;
    }

    OptionalInt sample() {
        return extent == null || extent.rows == null ? OptionalInt.empty() : OptionalInt.of(extent.rows);
    }

    /** Requests a second, in each Region. */
    int rate(Migration.Keys keys) {
        return maxRequestsPerSecond == null ? keys.maxRequestsPerSecond() : maxRequestsPerSecond;
    }

    boolean resume() {
        return resume;
    }

    boolean again() {
        return again;
    }

    boolean json() {
        return json;
    }
}
