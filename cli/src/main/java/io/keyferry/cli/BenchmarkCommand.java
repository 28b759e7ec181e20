package io.keyferry.cli;

import io.keyferry.benchmark.Benchmarks;
import io.keyferry.benchmark.Result;
import io.keyferry.benchmark.ResultTable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyferry benchmark}: how fast it is on this machine, and against what people do instead. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Measures KeyFerry on this machine, against servers of its own.",
        footer = {"", "Examples:", "  keyferry benchmark --quick", "  keyferry benchmark limit --json"})
final class BenchmarkCommand implements Callable<Integer> {

    /** Set by the launcher, so that what is measured starts as a user starts it. */
    private static final String LAUNCHER = "keyferry.launcher";

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Which of them; all where left out.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--quick", description = "Small sizes: in a few minutes, and less exact.")
    private boolean quick;

    @Option(names = "--json", description = "Print the figures as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        for (String name : names) {
            if (!Benchmarks.names().contains(name)) {
                throw new UsageException(
                        "there is no benchmark '" + name + "'; there are " + String.join(", ", Benchmarks.names()));
            }
        }
        PrintStream people = json ? System.err : System.out;
        List<Result> results = Benchmarks.run(names, quick, launcher(), people);
        if (json) {
            System.out.println(ResultTable.json(results));
        } else {
            people.println();
            ResultTable.print(results, people);
        }
        return 0;
    }

    private static List<String> launcher() {
        String launcher = System.getProperty(LAUNCHER);
        return launcher != null
                ? List.of(launcher)
                : List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName());
    }
}
