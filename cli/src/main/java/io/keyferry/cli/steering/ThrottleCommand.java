package io.keyferry.cli.steering;

import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry throttle}: fewer requests to KMS, of all instances together. */
@Command(
        name = "throttle",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Has all instances together make no more than so many requests to KMS a second, at once and after a restart",
            "too. It never raises keys.maxRequestsPerSecond of migration.yaml."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry throttle --max-requests-per-second 200",
            "  keyferry throttle migration.yaml --off"
        })
public final class ThrottleCommand implements Callable<Integer> {

    @Mixin
    private SteeringOptions options;

    @ArgGroup(multiplicity = "1")
    private Limit limit;

    private static final class Limit {

        @Option(
                names = "--max-requests-per-second",
                paramLabel = "N",
                required = true,
                description = "Requests a second of all instances together, at least 1.")
        private Integer requests;

        @Option(names = "--off", required = true, description = "As migration.yaml says again.")
        private boolean off;
    }

    @Override
    public Integer call() {
        if (!limit.off && limit.requests < 1) {
            throw new UsageException("--max-requests-per-second takes a number of at least 1, not " + limit.requests
                    + "; to make none, keyferry pause");
        }
        OptionalInt rate = limit.off ? OptionalInt.empty() : OptionalInt.of(limit.requests);
        return options.tell(Instruction.throttle(rate, Operator.name()));
    }
}
