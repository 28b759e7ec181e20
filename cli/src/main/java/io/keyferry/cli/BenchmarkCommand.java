package io.keyferry.cli;

import io.keyferry.benchmark.Benchmarks;
import io.keyferry.benchmark.Plot;
import io.keyferry.benchmark.Report;
import io.keyferry.benchmark.ResultTable;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        footer = {
            "",
            "Examples:",
            "  keyferry benchmark --quick",
            "  keyferry benchmark limit --json",
            "  keyferry benchmark blog-script --plot plot.svg"
        })
final class BenchmarkCommand implements Callable<Integer> {

    /** Set by the launcher, so that what is measured starts as a user starts it. */
    private static final String LAUNCHER = "keyferry.launcher";

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Which of them; all where left out.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--quick", description = "Small sizes: in a few minutes, and less exact.")
    private boolean quick;

    @Option(names = "--json", description = "Print the figures as one JSON object on standard output.")
    private boolean json;

    @Option(
            names = "--markdown",
            description = "Print the figures as a table of docs/performance.md on standard output.")
    private boolean markdown;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Write the figures of blog-script to this file, as an SVG image.")
    private Path plot;

    @Override
    public Integer call() throws Exception {
        if (json && markdown) {
            throw new UsageException("--json and --markdown exclude each other: both are for standard output");
        }
        if (plot != null && !names.isEmpty() && !names.contains("blog-script")) {
            throw new UsageException("--plot draws the figures of blog-script: name that too");
        }
        // now, not when half an hour has been measured
        if (plot != null && !Files.isDirectory(plot.toAbsolutePath().getParent())) {
            throw new UsageException(
                    "--plot: there is no folder " + plot.toAbsolutePath().getParent());
        }
        for (String name : names) {
            if (!Benchmarks.names().contains(name)) {
                throw new UsageException(
                        "there is no benchmark '" + name + "'; there are " + String.join(", ", Benchmarks.names()));
            }
        }
        PrintStream people = json || markdown ? System.err : System.out;
        Report report = Benchmarks.run(names, quick, launcher(), people);
        if (json) {
            System.out.println(ResultTable.json(report));
        } else if (markdown) {
            System.out.print(ResultTable.markdown(report));
        } else {
            people.println();
            ResultTable.print(report, people);
        }
        if (plot != null) {
            Optional<String> drawn = Plot.svg(report);
            if (drawn.isEmpty()) {
                System.err.println("  No plot: blog-script was not measured");
                return ExitCode.FAILED;
            }
            Files.writeString(plot, drawn.get());
        }
        return report.complete() ? 0 : ExitCode.FAILED;
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
